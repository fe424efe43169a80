// The state of a sign-in in words; without a document, so that it can be tested alone.
import { counted, duration } from "../shared/format.ts";
import type { AccountShown, Shown } from "./wire.ts";

/** Whether the problem is shown below the head, with the button that tries again. */
export function asksBelow({ state, problem }: Pick<Shown, "state" | "problem">): boolean {
  return state === "expired" || (state === "failed" && problem?.about !== "checking");
}

/** Text for screen readers when the state changes. */
export function announcement({ state, code, account }: Shown): string {
  if (state === "waiting" && code) return `Waiting for you to confirm the code ${code.user_code}.`;
  if (state === "signed in" && account) return `Signed in as ${account.name}.`;
  if (state === "signed out") return "Signed out.";
  if (state === "expired") return account ? "Your sign-in has expired." : "The code has expired.";
  return "";
}

/** Whose sign-in it is in a notebook that several people edit together. */
export function forEveryone({ name }: Pick<AccountShown, "name">): string {
  return `Signed in as ${name}, for everyone in this notebook. Signing out signs out everyone.`;
}

/** Seconds -> "9:41", "1:02:03". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** "read, write on s3://demo/smoc/"; several places are counted. */
export function rightsInWords(permissions: [string, string][]): string {
  const first = permissions[0];
  if (!first) return "";
  const words = `${first[1].replaceAll(",", ", ")} on ${first[0]}`;
  return permissions.length === 1 ? words : `${words} and ${counted(permissions.length - 1, "more path", "more paths")}`;
}

/** Seconds since 1970 -> "18:02", in the person's way. */
function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** How long the sign-in lasts, short and long; `over` once it has expired. */
export function remaining(
  { expires_at, renews }: Pick<AccountShown, "expires_at" | "renews">,
  now = Date.now() / 1000,
): { words: string; long: string; over: boolean } {
  if (expires_at === null) return { words: "", long: "The token has no expiry time.", over: false };
  const left = expires_at - now;
  if (renews) {
    const words = left > 0 ? `Renews automatically in ${duration(left)}, at ${timeOfDay(expires_at)}` : "Renews automatically when next used";
    return { words: "renews automatically", long: `${words}.`, over: false };
  }
  const until = timeOfDay(expires_at);
  return {
    words: left > 0 ? `${duration(left)} left` : "expired",
    long: left > 0 ? `Until ${until}, ${duration(left)} left.` : "Expired.",
    over: left <= 0,
  };
}
