// What a sheet would change, and what was noticed in its cells.
import { DiffTable, Named, ObjectName, Side } from "../shared/diff_table.tsx";
import { count, counted, lastPart, visible } from "../shared/format.ts";
import type { ProposedAnswer } from "../shared/wire.ts";
import type { ImportAnswer } from "./wire.ts";

export function SheetPreview({ answer }: { answer: ImportAnswer }) {
  const { proposed, conflicts, created, report, noticed, doubts } = answer;
  return (
    <>
      {conflicts > 0 && (
        <p class="modos-sheet-note">
          {`${counted(conflicts, "cell was", "cells were")} also changed by someone else since the export. You choose a value for each when you review or commit.`}
        </p>
      )}
      {created.length > 0 && <p>{`The commit creates ${counted(created.length, "object")}: ${created.slice(0, 5).map(lastPart).map(visible).join(", ")}${created.length > 5 ? ", …" : ""}.`}</p>}
      {noticed > 0 && (
        <details class="modos-sheet-part" open={doubts > 0}>
          <summary>{doubts ? `${counted(doubts, "cell or column is", "cells or columns are")} in doubt and not imported` : `${counted(noticed, "note")} about the sheet`}</summary>
          <DiffTable
            head={["Problem", "Cell", "In the sheet", "Probably", "Imported"]}
            rows={report.map(([problem, place, read, offered, applied]) => [
              <span>{visible(problem)}</span>,
              <Named text={place} />,
              <span class="modos-sheet-value">{visible(read)}</span>,
              <span class="modos-sheet-value">{visible(offered)}</span>,
              applied ? "Yes" : "No",
            ])}
          />
          {noticed > report.length && <p class="modos-muted">{`and ${count(noticed - report.length)} more`}</p>}
        </details>
      )}
      {proposed.total === 0 ? <p>The sheet changes nothing.</p> : <Changes answer={proposed} />}
    </>
  );
}

function Changes({ answer: { changes, several, chips, total } }: { answer: ProposedAnswer }) {
  const isStale = changes.some(({ stale }) => stale);
  const head = [...(several ? ["Object"] : []), "Element", "Attribute", "Before", "In the sheet", ...(isStale ? ["Stored now"] : [])];
  const rows = changes.map(({ cell: [path, element, slot], kind, base, proposed, stored, stale }) => {
    const object = several ? path : "";
    return [
      ...(several ? [<ObjectName path={path} />] : []),
      <Named text={element} />,
      <Named text={slot || (kind === "removed" ? "(remove element)" : "(the whole element)")} />,
      <Side text={base} tag="del" chips={chips} object={object} />,
      <Side text={proposed} tag="ins" chips={chips} object={object} />,
      ...(isStale ? [stale ? <Side text={stored} tag="ins" chips={chips} object={object} /> : <span class="modos-muted">unchanged</span>] : []),
    ];
  });
  return (
    <>
      <DiffTable head={head} rows={rows} />
      {total > changes.length && <p class="modos-muted">{`and ${count(total - changes.length)} more`}</p>}
    </>
  );
}
