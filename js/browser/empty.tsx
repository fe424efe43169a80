// What is said where there are no objects, and what to do next.
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

export function Nothing({ shown }: { shown: Shown }) {
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
  const again = <Button key="again" label="Try again" press={() => ask("refresh")} />;
  const begin = <Button key="begin" label="Sign in" primary press={() => ask("sign in")} />;
  const [title, words, ...buttons] = ((): [string, string, ...VNode[]] => {
    if (!shown.place) {
      return ["Where are your objects?", "Choose an endpoint, or a folder of this computer.", choose("Choose…")];
    }
    if (!shown.can_list) {
      return ["Nothing is open", "Without a modos server, name a bucket or an object, as browse('s3://bucket', services=…)."];
    }
    if (asksForSignIn(shown)) {
      const none = "No objects here that you may see";
      if (shown.asked_above) return [none, "They are listed when you have signed in, above."];
      if (shown.signing_in) return [none, "They are listed when you have confirmed the code above."];
      return [none, "This endpoint lists objects only after sign-in.", begin];
    }
    if (shown.problem?.about === "listing") {
      return ["The objects cannot be listed", "What went wrong stands above.", again, choose("Choose another…")];
    }
    if (shown.folder) {
      return ["No objects in this folder", "An object is a folder with data.zarr in it.", choose("Choose another…")];
    }
    const hint = shown.signed_in ? "None that this login may see." : "This endpoint lists none; some are listed only after sign-in.";
    return ["No objects here", hint, again];
  })();
  return (
    <>
      <strong>{title}</strong>
      <div class="modos-empty-line"><span>{words}</span>{buttons}</div>
    </>
  );
}
