/** What the widget that contains the overview does; the event `modos-overview` says so. */
export interface OverviewAction {
  action: "open" | "edit" | "new" | "describe" | "page" | "refresh";
  paths: string[];
  element?: string;
}
