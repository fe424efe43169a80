// The hooks of the overview, typed by its wire.
import { hooksOf } from "../shared/view.tsx";
import type { Requests, State } from "./wire.ts";

export const { useTrait, useView } = hooksOf<State, Requests>();
