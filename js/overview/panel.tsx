// A table or a transfer in place of the result, and the way back.
import { useLayoutEffect, useRef } from "preact/hooks";
import { ChildWidget } from "../shared/child_widget.tsx";
import { Button } from "../shared/controls.tsx";
import { counted } from "../shared/format.ts";
import { useTrait, useView } from "./hooks.ts";

const VERBS = { edit: "Edit", copy: "Copy" };

/** Where the focus goes when the panel is left. */
interface PanelProps {
  next: () => HTMLElement | null | undefined;
}

export function Panel({ next }: PanelProps) {
  const { el, channel } = useView();
  const reference = useTrait("_panel");
  const { panel } = useTrait("_status");
  const head = useRef<HTMLDivElement>(null);
  const isOpen = Boolean(panel?.is_open && reference);
  const wasOpen = useRef(false);
  useLayoutEffect(() => {
    el.toggleAttribute("data-panel", isOpen);
    if (isOpen) head.current?.querySelector("button")?.focus({ preventScroll: true });
    else if (wasOpen.current) next()?.focus({ preventScroll: true });
    wasOpen.current = isOpen;
  }, [isOpen]);
  if (!panel || !reference) return null;
  return (
    <section class="modos-overview-panel" aria-label={`${VERBS[panel.kind]} objects`} hidden={!isOpen}>
      <div class="modos-panel-head" ref={head}>
        <Button label="Back to overview" press={() => void channel.request("leave panel").catch(() => undefined)} />
        <strong>{`${VERBS[panel.kind]} ${counted(panel.objects, "object")}`}</strong>
      </div>
      <ChildWidget key={reference} reference={reference} class={`modos-panel-${panel.kind}`} />
    </section>
  );
}

/** The way back to a panel that was left. */
export function PanelLeft() {
  const { channel } = useView();
  const { panel } = useTrait("_status");
  if (!panel || panel.is_open) return null;
  const label = panel.kind === "copy" ? "Show transfer" : `Show ${counted(panel.changes, "unsaved change")}`;
  return <Button label={label} press={() => void channel.request("show panel").catch(() => undefined)} />;
}
