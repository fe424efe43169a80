// The view and the traits of the widget, as its components see them.
import { hooksOf } from "../shared/view.tsx";
import type { Requests, State } from "./wire.ts";

export const { useTrait, useView } = hooksOf<State, Requests>();
