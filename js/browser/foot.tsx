// Below all panes while objects are edited: what has changed, and what to do with it.
import { Button } from "../shared/controls.tsx";
import { useTrait } from "./hooks.ts";
import { Widget } from "./widget.tsx";

/** The table draws its commit bar; changes that are proposed have a download beside it. */
export function EditFoot({ download }: { download: () => void }) {
  const { editing, proposing, changes } = useTrait("_edit");
  return (
    <div class={`modos-edit-foot${proposing ? " modos-is-proposing" : ""}`} hidden={!editing}>
      <Widget name="_table" class="modos-foot-holder" data-mode="foot" data-page="offer" />
      {proposing && <Button label="Download changes" primary disabled={!changes} press={download} />}
    </div>
  );
}
