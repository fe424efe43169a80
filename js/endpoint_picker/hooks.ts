// The view and the traits of the picker, as its components see them.
import { hooksOf } from "../shared/view.tsx";
import type { Events, Requests, State } from "./wire.ts";

export const { useTrait, useView } = hooksOf<State, Requests, Events>();
