// The empty state: why there are no objects, and what to do next.
import type { VNode } from "preact";
import { Button } from "../shared/controls.tsx";
import { useView } from "./hooks.ts";
import type { Shown } from "./wire.ts";

/** Whether there is nothing to list, and nothing is open. */
export function isEmpty({ objects, object, opening, listing, listed, can_list, problem }: Shown): boolean {
  const isSome = objects !== 0 || object !== null || opening !== null;
  return !isSome && !listing && (listed || !can_list || problem !== null);
}

/** Whether the objects are listed only after a sign-in. */
export function asksForSignIn({ problem, signed_in, objects, object }: Shown): boolean {
  return Boolean(problem?.credentials) && problem?.about === "listing" && !signed_in && !objects && object === null;
}

interface NothingProps {
  shown: Shown;
  create: () => void;
  describe: () => void;
}

export function Nothing({ shown, create, describe }: NothingProps) {
  const { el, channel } = useView();
  const ask = (name: "refresh" | "sign in"): void => void channel.request(name).catch(() => undefined);
  const choose = (label: string) => (
    <Button
      key="choose"
      label={label}
      primary
      press={() => el.querySelector<HTMLElement>(".modos-top-picker button")?.click()}
    />
  );
  const again = <Button key="again" label="Retry" press={() => ask("refresh")} />;
  const add = <Button key="new" label="New object…" press={create} />;
  const files = <Button key="describe" label="Describe files…" press={describe} />;
  const begin = <Button key="begin" label="Sign in" primary press={() => ask("sign in")} />;
  const [heading, words, ...buttons] = ((): [string, string, ...VNode[]] => {
    if (!shown.place) {
      return ["No endpoint chosen", "Choose an endpoint or a folder on this computer.", choose("Choose…")];
    }
    if (!shown.can_list) {
      return ["No object is open", "Without a modos server, pass a bucket or an object: browse('s3://bucket', services=…)."];
    }
    if (asksForSignIn(shown)) {
      const title = "Sign-in required";
      if (shown.asked_above) return [title, "Sign in above to list the objects."];
      if (shown.signing_in) return [title, "Confirm the code above to list the objects."];
      return [title, "This endpoint lists objects only after sign-in.", begin];
    }
    if (shown.problem?.about === "listing") {
      return ["Objects not listed", "See the error above.", again, choose("Choose another…")];
    }
    if (shown.folder) {
      return ["No objects in this folder", "An object is a folder that contains data.zarr.", files, add, choose("Choose another…")];
    }
    const hint = shown.signed_in ? "This account has no access to objects here." : "Some endpoints list objects only after sign-in.";
    return ["No objects", hint, again, files, add];
  })();
  return (
    <>
      <strong>{heading}</strong>
      <div class="modos-empty-line"><span>{words}</span>{buttons}</div>
    </>
  );
}
