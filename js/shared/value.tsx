// How a value looks, wherever it is shown: terms and links as chips, a date in one format.
import { useContext } from "preact/hooks";
import { CardContext } from "./card_context.ts";
import { visible } from "./format.ts";
import type { Chip } from "./wire.ts";

/** Text of a value -> its parts, where it is a term or a link, or a list with them. */
export type ValueChips = Record<string, Chip[]>;

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** 2026-11-22T09:30:00+01:00 -> "2026-11-22 09:30 +01:00"; midnight is left out where days are allowed. */
export function dateTimeText(text: string, timed = false): string {
  const found = MOMENT.exec(text);
  if (!found) return text;
  const [, day = "", time, seconds = "", zone = ""] = found;
  const isWhole = !Number(seconds); // without seconds
  if (time === undefined || (!timed && isWhole && time === "00:00" && /^(Z|\+00:00)?$/.test(zone))) return day;
  const offset = zone === "Z" || zone === "+00:00" ? " UTC" : zone ? ` ${zone}` : "";
  return `${day} ${time}${isWhole ? "" : `:${seconds.replace(/\.?0+$/, (end) => (end.startsWith(".") ? "" : end))}`}${offset}`;
}

/** An OBO address without its beginning says the same in fewer letters. */
export function shortUri(text: string): string {
  return visible(text.replace(/^https?:\/\/purl\.obolibrary\.org\/obo\/([A-Za-z]+)_/, "$1:"));
}

interface ValueProps {
  text: string;
  chips?: ValueChips | undefined;
  /** Path of the object that links lead into, where several are shown. */
  object?: string;
  /** Element around the value. */
  tag?: "del" | "ins" | "span";
}

/** A value as people read it, with what is stored in its tip. */
export function Value({ text, chips = {}, object = "", tag: Tag = "span" }: ValueProps) {
  const parts = Object.hasOwn(chips, text) ? chips[text] : undefined;
  if (parts) {
    return (
      <Tag class="modos-parts" title={visible(text)}>
        {parts.map((chip, place) => [place > 0 && " ", <Part chip={chip} object={object} />])}
      </Tag>
    );
  }
  const read = dateTimeText(text, true);
  return <Tag title={read === text ? undefined : visible(text)}>{visible(read)}</Tag>;
}

/** A chip, which opens a card where the view has cards. */
function Part({ chip: [kind, label, address, value], object }: { chip: Chip; object: string }) {
  const openCards = useContext(CardContext);
  const words = [visible(label), address && " ", address && <span class="modos-muted modos-address">{visible(address)}</span>];
  if (kind === "text") return <span>{words}</span>;
  const look = `modos-chip modos-chip-${kind}`;
  if (!openCards) return <span class={look} title={visible(value)}>{words}</span>;
  const open = (button: HTMLButtonElement): void => {
    const root = button.closest<HTMLElement>("dialog, .modos")!; // what lies outside a modal dialog cannot be used
    openCards(root, button, { kind, values: [value], ...(object ? { object } : {}) });
  };
  return (
    <button
      type="button"
      class={look}
      title={visible(value)}
      aria-haspopup="dialog"
      aria-expanded="false"
      onClick={({ currentTarget }) => open(currentTarget)}
    >
      {words}
    </button>
  );
}
