// The list of commits: arrow keys, Home and End move the selection.
import { useLayoutEffect, useRef } from "preact/hooks";
import { focusedBeside } from "../shared/dom.ts";
import { sentence, visible } from "../shared/format.ts";
import type { CommitShown } from "./wire.ts";
import { countsText, timeText } from "./words.ts";

interface CommitListProps {
  commits: CommitShown[];
  selected: string;
  select: (id: string) => void;
}

export function CommitList({ commits, selected, select }: CommitListProps) {
  const list = useRef<HTMLUListElement>(null);
  const place = Math.max(0, commits.findIndex(({ id }) => id === selected));
  useLayoutEffect(() => {
    const box = list.current!;
    const chosen = box.children[place];
    if (!(chosen instanceof HTMLElement)) return;
    const above = chosen.offsetTop < box.scrollTop;
    const below = chosen.offsetTop + chosen.offsetHeight > box.scrollTop + box.clientHeight;
    if (above || below) box.scrollTop = chosen.offsetTop - (above ? 0 : box.clientHeight - chosen.offsetHeight);
    if (box.contains(focusedBeside(box))) chosen.focus({ preventScroll: true });
  }, [place, selected]);
  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: commits.length - 1 };
    const next = commits[Math.min(commits.length - 1, Math.max(0, steps[event.key] ?? -1))];
    if (!(event.key in steps) || !next) return;
    event.preventDefault();
    select(next.id);
    const option = list.current?.querySelectorAll<HTMLElement>("[role=option]")[commits.indexOf(next)];
    option?.focus({ preventScroll: true });
  };
  return (
    <ul class="modos-commits" role="listbox" aria-label="Commits" ref={list} onKeyDown={move}>
      {commits.map((commit) => (
        <li
          key={commit.id}
          role="option"
          aria-selected={commit.id === selected}
          tabIndex={commit.id === selected ? 0 : -1}
          onClick={() => select(commit.id)}
        >
          <span class="modos-commit-head">
            <span class={commit.message ? "modos-commit-message" : "modos-commit-message modos-muted"} title={visible(commit.message)}>
              {sentence(commit.message) || "No message"}
            </span>
            {commit.state !== "done" && <span class={`modos-pill ${pillOf(commit.state)}`}>{commit.state}</span>}
          </span>
          <span class="modos-muted modos-commit-facts">{`${timeText(commit.when)} · ${countsText(commit)}`}</span>
        </li>
      ))}
    </ul>
  );
}

function pillOf(state: string): string {
  return state === "interrupted" || state === "partly stored" ? "modos-is-warning" : "";
}
