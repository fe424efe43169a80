// The hooks of the history, typed by its wire.
import { hooksOf } from "../shared/view.tsx";
import type { Events, Requests, State } from "./wire.ts";

export const { useTrait, useView } = hooksOf<State, Requests, Events>();
