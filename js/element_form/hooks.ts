// The hooks of the form's view, typed by its messages.
import { hooksOf } from "../shared/view.tsx";
import type { Requests, State } from "./wire.ts";

export const { useTrait, useView } = hooksOf<State, Requests>();
