// The search: a field with suggestions, saved searches, and what the result is narrowed to.
import { useLayoutEffect, useRef } from "preact/hooks";
import { Combo } from "../shared/combo.ts";
import { Button, Held, Icon, onEnter } from "../shared/controls.tsx";
import { focusedBeside } from "../shared/dom.ts";
import { openPopover } from "../shared/floating.ts";
import { sentence, visible } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { useTrait, useView } from "./hooks.ts";
import type { QuerySuggestion, Term } from "./wire.ts";

const CLEAR = "M4 4l8 8M12 4l-8 8";
const SAVED = "M4 2.500h8v11l-4-3-4 3z";
const PAUSE = 80; // ms after a key

interface SearchProps {
  query: string;
  search: (query: string) => void;
  /** Move the focus to the first row. */
  leave: () => void;
}

export function Search({ query, search, leave }: SearchProps) {
  const { el, channel, signal } = useView();
  const timer = useRef(0);
  const sent = useRef(query);
  const latest = useRef({ search, leave });
  latest.current = { search, leave };
  const combo = useRef<Combo | null>(null);
  if (!combo.current) {
    let offered: QuerySuggestion[] = [];
    const send = (text: string, pause: number): void => {
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        sent.current = text;
        latest.current.search(text);
      }, pause);
    };
    const made = new Combo({
      root: el,
      column: { name: "search", title: "Search objects and metadata", kind: "term" },
      suggest: async () => {
        const { value, selectionStart } = made.input;
        const { payload } = await channel.request("suggest", { query: value, cursor: selectionStart ?? value.length });
        offered = payload.options;
        return offered.map(({ label, hint }, place) => ({ value: String(place), label, hint }));
      },
      insert: ({ value }) => {
        const option = offered[Number(value)];
        if (!option) return;
        made.input.value = option.query;
        made.input.setSelectionRange(option.cursor, option.cursor);
        made.input.focus();
        send(option.query, 0);
        if (option.query.slice(0, option.cursor).endsWith(":")) made.offer(true); // its values are next
      },
      picked: () => undefined,
    });
    made.input.className = "modos-input modos-search-input";
    made.input.placeholder = "Search names, terms, values and files: liver sex:Female format:CRAM";
    made.input.dataset["name"] = "search";
    made.input.addEventListener("input", () => send(made.input.value, PAUSE));
    made.input.addEventListener("blur", () => made.close());
    made.input.addEventListener("keydown", (event) => {
      const { key } = event as KeyboardEvent;
      const isOffering = made.input.getAttribute("aria-expanded") === "true";
      if (key === "ArrowDown" && !isOffering && made.input.value === "") {
        event.preventDefault();
        latest.current.leave();
      } else if (key === "Enter" && isOffering && made.picking) {
        event.preventDefault();
        made.key(event as KeyboardEvent);
      } else if (key === "Enter") {
        event.preventDefault();
        made.close();
        send(made.input.value, 0);
        latest.current.leave();
      } else if (key === "Tab") made.close();
      else if (made.key(event as KeyboardEvent)) event.preventDefault();
      else if (key === "Escape" && made.input.value) {
        made.input.value = "";
        send("", 0);
      }
    });
    combo.current = made;
    signal.addEventListener("abort", () => {
      clearTimeout(timer.current);
      made.destroy();
    });
  }
  const { input } = combo.current;
  input.setAttribute("type", "text");
  useLayoutEffect(() => {
    // of another view, a facet or Python; what is being typed is not replaced by what was sent before
    if (query === sent.current && focusedBeside(input) === input) return;
    sent.current = query;
    if (input.value !== query) input.value = query;
  }, [query]);
  const clear = (): void => {
    input.value = "";
    sent.current = "";
    search("");
    input.focus();
  };
  return (
    <div class="modos-search" role="search">
      <Held element={input} />
      {query && (
        <button type="button" class="modos-tool modos-search-clear" title="Clear search" aria-label="Clear search" onClick={clear}>
          <Icon path={CLEAR} />
        </button>
      )}
      <SavedSearches query={query} search={search} />
    </div>
  );
}

function SavedSearches({ query, search }: { query: string; search: (query: string) => void }) {
  const { el, channel } = useView();
  const { searches } = useTrait("_status");
  const button = useRef<HTMLButtonElement>(null);
  const isSaved = searches.some(([, saved]) => saved === query);
  const back = (): void => button.current?.focus({ preventScroll: true });
  const ask = (): void => {
    openPopover(el, {
      name: "Save search",
      anchor: button.current!,
      class: "modos-popover modos-save-search",
      content: ({ close }) => (
        <SaveForm
          query={query}
          close={close}
          save={(name) => void channel.request("save search", { name, query }).catch(() => undefined)}
        />
      ),
    });
  };
  const open = (): void => {
    const items: MenuItem[] = [
      ...searches.map(([name, saved]) => ({ label: visible(name), hint: visible(saved.slice(0, 60)), press: () => search(saved) })),
      { label: "Save this search…", apart: searches.length > 0, disabled: !query || isSaved, press: () => requestAnimationFrame(ask) },
      ...(isSaved
        ? [
            {
              label: "Remove this search",
              press: () => void channel.request("remove search", { name: searches.find(([, saved]) => saved === query)![0], query }).catch(() => undefined),
            },
          ]
        : []),
    ];
    openMenu(el, "Saved searches", button.current!, items, back, { placement: "bottom-end", gap: 4 });
  };
  return (
    <button
      ref={button}
      type="button"
      class={`modos-tool${isSaved ? " modos-is-on" : ""}`}
      title="Saved searches"
      aria-label="Saved searches"
      aria-haspopup="menu"
      onClick={open}
    >
      <Icon path={SAVED} />
    </button>
  );
}

function SaveForm({ query, save, close }: { query: string; save: (name: string) => void; close: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const end = (): void => {
    const name = input.current!.value.trim() || query;
    save(name);
    close();
  };
  return (
    <>
      <label class="modos-field">
        <span>Name of the search</span>
        <input ref={input} class="modos-input" maxLength={80} defaultValue={query.slice(0, 80)} onKeyDown={onEnter(end)} />
      </label>
      <div class="modos-popover-foot">
        <Button label="Cancel" press={close} />
        <Button label="Save search" primary press={end} />
      </div>
    </>
  );
}

/** The terms of the query; each can be removed. */
export function Terms({ terms, search }: { terms: Term[]; search: (query: string) => void }) {
  const holder = useRef<HTMLSpanElement>(null);
  const lost = useRef(-1);
  useLayoutEffect(() => {
    if (lost.current < 0) return;
    const buttons = holder.current?.querySelectorAll<HTMLElement>("button") ?? [];
    const next = buttons[Math.min(lost.current, buttons.length - 1)] ?? holder.current?.closest(".modos")?.querySelector<HTMLElement>("[data-name=search]");
    lost.current = -1;
    next?.focus();
  }, [terms]);
  return (
    <span class="modos-terms" ref={holder} role="group" aria-label="Search terms">
      {terms.map(({ label, text, excluded }, place) => (
        <button
          key={`${label} ${excluded}`}
          type="button"
          class={`modos-pill modos-term${excluded ? " modos-is-excluded" : ""}`}
          title={`Remove from the search: ${visible(label)}`}
          aria-label={`Remove from the search: ${excluded ? "not " : ""}${visible(label)}`}
          onClick={() => {
            lost.current = place;
            search(text);
          }}
        >
          <span class="modos-term-text">{excluded && <em>not </em>}{sentence(label)}</span>
          <span aria-hidden="true">×</span>
        </button>
      ))}
    </span>
  );
}
