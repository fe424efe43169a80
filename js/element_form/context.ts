// What every part of a form may use: the channel to the kernel, and the root that its lists float in.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Channel } from "../shared/messages.ts";
import type { Requests } from "./wire.ts";

/** The object and the class that a field belongs to. */
export interface FormContext {
  channel: Channel<Requests>;
  root: HTMLElement;
}

export const FormParts = createContext<FormContext | null>(null);

export function useForm(): FormContext {
  const parts = useContext(FormParts);
  if (!parts) throw new Error("This component is in no form.");
  return parts;
}
