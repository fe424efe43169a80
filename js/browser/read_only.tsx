// Why objects cannot be changed, and how to propose changes to those who can.
import { Button } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { sentence } from "../shared/format.ts";

interface ReadOnlyProps {
  reason: string;
  propose: () => void;
  close: () => void;
}

export function ReadOnly({ reason, propose, close }: ReadOnlyProps) {
  return (
    <Dialog title="Read-only" close={close} class="modos-is-small">
      <div class="modos-dialog-body">
        <p>{sentence(reason)}</p>
        <p>
          You can still edit a draft and download the changes as a file. Someone who may change the object opens the file
          and accepts or rejects each change.
        </p>
      </div>
      <div class="modos-dialog-foot">
        <Button label="Cancel" press={close} />
        <Button label="Propose changes" primary data-first press={propose} />
      </div>
    </Dialog>
  );
}
