// Where the chips of a view open their cards.
import { createContext } from "preact";
import type { CardsRequest } from "./wire.ts";

/** Opens the cards of a chip beside it, within `root`. */
export type OpenCards = (root: HTMLElement, chip: Element, request: CardsRequest) => void;

/** What the chips in a part of a view do; without it they are text. */
export const CardContext = createContext<OpenCards | null>(null);
