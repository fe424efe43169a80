// The view and the traits of the browser, as its components see them.
import { useLayoutEffect, useRef } from "preact/hooks";
import { hooksOf } from "../shared/view.tsx";
import type { Requests, State } from "./wire.ts";

export const { useTrait, useView } = hooksOf<State, Requests>();

/** Call `load` once for each key, while its tab is in front; the signal ends with the next call. */
export function useLoad(isFront: boolean, key: string, load: (signal: AbortSignal) => void): void {
  const loaded = useRef("");
  const stop = useRef(new AbortController());
  useLayoutEffect(() => {
    if (!isFront || !key || loaded.current === key) return;
    loaded.current = key;
    stop.current.abort();
    stop.current = new AbortController();
    load(stop.current.signal);
  }, [isFront, key]);
}
