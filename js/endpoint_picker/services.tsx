// The health of the services of an endpoint, as dots and as a table.
import { Button } from "../shared/controls.tsx";
import { visible } from "../shared/format.ts";
import { useTrait, useView } from "./hooks.ts";
import { health, latency, login, state } from "./service_status.ts";
import type { Service } from "./wire.ts";

// name, width and class of the columns; the last is left out where it is narrow
const COLUMNS = [
  ["Service", "72px", ""],
  ["State", "", ""],
  ["Response", "84px", "modos-number"],
  ["Sign-in", "112px", ""],
  ["Version", "132px", "modos-extra"],
] as const;

/** A mark in the colour of a service's health, and words beside it. */
export function Dot({ service, text, title = "" }: { service: Service; text: string; title?: string }) {
  return (
    <span class="modos-dot" title={visible(title)}>
      <span class={`modos-mark modos-is-${health(service)}`} aria-hidden="true" />
      <span>{visible(text)}</span>
    </span>
  );
}

/** The table of services, or why there is none. */
export function Services() {
  const { channel } = useView();
  const services = useTrait("_services");
  const isChecking = useTrait("checking");
  const value = useTrait("value");
  if (isFolder(value)) return <Hint text="A folder on this computer needs no services." />;
  if (!services.length) return <Hint text={isChecking ? "Checking services…" : "No endpoint chosen."} />;
  const moved = [...new Set(services.map((service) => service.moved).filter(Boolean))];
  const confirm = (origin: string): void => void channel.request("confirm service", { origin }).catch(() => undefined);
  return (
    <>
      <table class="modos-health" aria-label="Services">
        <colgroup>
          {COLUMNS.map(([text, width, name]) => <col key={text} class={name} style={width && `width:${width}`} />)}
        </colgroup>
        <thead>
          <tr>{COLUMNS.map(([text, , name]) => <th key={text} class={name} scope="col">{text}</th>)}</tr>
        </thead>
        <tbody>
          {services.map((service) => (
            <tr key={service.name} title={visible(service.url)}>
              <th scope="row">{visible(service.word)}</th>
              <Cells service={service} />
            </tr>
          ))}
        </tbody>
      </table>
      {moved.map((origin) => (
        <div key={origin} class="modos-problem" role="alert">
          <span class="modos-grow">
            {`${visible(origin)} was not named at sign-in. It gets no token until you confirm the address.`}
          </span>
          <Button label="Confirm address" press={() => confirm(origin)} />
        </div>
      ))}
      {isChecking && <Hint text="Checking the other services…" />}
    </>
  );
}

/** Whether a folder of this computer is chosen. */
export function isFolder(value: string | null): value is string {
  return value !== null && !value.includes("://");
}

function Hint({ text }: { text: string }) {
  return <div class="modos-muted">{text}</div>;
}

function Cells({ service }: { service: Service }) {
  const text = state(service);
  const mark = <Dot service={service} text={text} />;
  if (health(service) === "bad") { // its reason takes the whole row
    return <td class="modos-whole" title={visible(text)} colSpan={COLUMNS.length - 1}>{mark}</td>;
  }
  const others = [latency(service.milliseconds), login(service), service.version ?? ""].map(visible);
  return (
    <>
      <td title={visible(text)}>{mark}</td>
      {others.map((each, place) => <td class={COLUMNS[place + 2]?.[2] ?? ""} title={each}>{each}</td>)}
    </>
  );
}
