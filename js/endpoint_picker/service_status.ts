// The state of a service in words; without a document, so that it can be tested alone.

import type { Service } from "./wire.ts";

const SLOW = 1000; // ms

export type Health = "good" | "slow" | "bad";

export function health(service: Service): Health {
  if (!service.reachable) return "bad";
  return (service.milliseconds ?? 0) >= SLOW ? "slow" : "good";
}

/** 24 -> "24 ms", 2400 -> "2.4 s". */
export function latency(milliseconds: number | null): string {
  if (milliseconds === null) return "";
  return milliseconds < SLOW ? `${Math.max(1, milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** "S3 24 ms", "htsget slow", "fuzon down". */
export function short(service: Service): string {
  const how = health(service);
  if (how === "bad") return `${service.word} down`;
  if (how === "slow") return `${service.word} slow`;
  return service.name === "s3" ? `${service.word} ${latency(service.milliseconds)}` : service.word;
}

export function state(service: Service): string {
  const how = health(service);
  if (how === "bad") return service.problem ?? "Not reachable.";
  return how === "slow" ? "Reachable, slow" : "Reachable";
}

export function login(service: Service): string {
  if (service.login === null) return "";
  return service.login ? "required" : "not required";
}
