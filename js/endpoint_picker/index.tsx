// EndpointPicker: the chosen endpoint or folder, the choice of another, and the health of services.
import type { RenderProps } from "@anywidget/types";
import type { ComponentChild } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button, Icon, KernelGone } from "../shared/controls.tsx";
import { openPopover, type Popover } from "../shared/floating.ts";
import { sentence, visible } from "../shared/format.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { mountView, withView } from "../shared/view.tsx";
import { Choice, moveInOptions } from "./choice.tsx";
import { useTrait, useView } from "./hooks.ts";
import { health, short, state } from "./service_status.ts";
import { Dot, Services, isFolder } from "./services.tsx";
import css from "./style.css";
import type { Service } from "./wire.ts";

const DOWN = "M3 6l5 5 5-5";

function Picker({ isCompact }: { isCompact: boolean }) {
  const view = useView();
  const { el, signal } = view;
  const value = useTrait("value");
  const s3 = useTrait("_s3_url");
  const offered = useTrait("_offered");
  const services = useTrait("_services");
  const isChecking = useTrait("checking");
  const opened = useRef<Popover | null>(null);
  useLayoutEffect(() => {
    el.classList.toggle("modos-compact", isCompact);
    signal.addEventListener("abort", () => opened.current?.close());
  }, [el, signal, isCompact]);

  const open = (anchor: HTMLElement, name: string, isWide: boolean, content: (sheet: Popover) => ComponentChild): void => {
    const popover = openPopover(el, {
      name,
      anchor,
      class: isWide ? "modos-sheet modos-wide" : "modos-sheet",
      edge: 8,
      flips: false,
      leaves: true,
      content: (sheet) => withView(view, content(sheet)),
    });
    popover?.box.addEventListener("keydown", moveInOptions);
    opened.current = popover;
  };
  const chosen = value ?? s3;
  const known = offered.find((each) => each.url === chosen);
  const text = known?.label ? `${known.label} · ${chosen}` : chosen;
  const none = "Choose an endpoint or a folder";
  const names = [!text && "modos-muted", isFolder(value) && "modos-path-end"].filter(Boolean).join(" ");
  return (
    <>
      <KernelGone />
      <div class="modos-line">
        <button
          type="button"
          class="modos-button modos-choice"
          aria-haspopup="dialog"
          aria-expanded={false}
          aria-label={text ? sentence(`Endpoint: ${text}`) : none}
          title={visible(chosen)}
          onClick={({ currentTarget }) =>
            open(currentTarget, "Choose an endpoint or a folder", false, (sheet) => <Choice sheet={sheet} />)}
        >
          <span class={names}><bdi>{text ? visible(text) : none}</bdi></span>
          <Icon path={DOWN} />
        </button>
        {isCompact ? (
          <Dots
            services={services}
            isChecking={isChecking}
            open={(anchor) => open(anchor, "Services", true, () => <Details />)}
          />
        ) : (
          <>
            <CheckButton hidden={!services.length && !isChecking} />
            <CodeButton />
          </>
        )}
      </div>
      {!isCompact && <div class="modos-table"><Services /></div>}
    </>
  );
}

/** The health of all services at a glance; a press opens the details. */
function Dots({ services, isChecking, open }: { services: Service[]; isChecking: boolean; open: (anchor: HTMLElement) => void }) {
  const shown = services.filter((each) => each.name !== "modos" || health(each) !== "good");
  const words = (service: Service): string => `${service.word}: ${state(service)}`;
  const states = [...shown.map(short), ...(isChecking ? ["checking"] : [])];
  return (
    <button
      type="button"
      class="modos-dots"
      hidden={!services.length && !isChecking}
      aria-haspopup="dialog"
      aria-expanded={false}
      aria-label={visible(`Services: ${states.join(", ") || "good"}`)}
      aria-description={visible(services.map(words).join(", "))}
      onClick={({ currentTarget }) => open(currentTarget)}
    >
      {shown.map((each) => [<Dot key={each.name} service={each} text={short(each)} title={words(each)} />, " "])}
      {isChecking && <span>checking…</span>}
    </button>
  );
}

function CheckButton({ hidden = false, first }: { hidden?: boolean; first?: boolean }) {
  const { channel } = useView();
  const check = (): void => void channel.request("check").catch(() => undefined);
  return <Button label="Check again" press={check} hidden={hidden} data-first={first} />;
}

function Details() {
  const value = useTrait("value");
  const s3 = useTrait("_s3_url");
  return (
    <>
      <div class="modos-table"><Services /></div>
      <div class="modos-foot">
        <span class="modos-muted">{visible(value ?? s3)}</span>
        <CheckButton first />
      </div>
    </>
  );
}

export default {
  render: (props: RenderProps): void =>
    mountView(props, "endpoint_picker", css, <Picker isCompact={props.el.dataset["mode"] === "compact"} />),
};
