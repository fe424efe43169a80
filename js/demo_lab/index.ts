// Extension of the demo's JupyterLab: runs the first notebook up to its first widget when the page
// opens, and keeps that widget in view when all cells are run.
//
// JupyterLab loads it as a classic script (module federation), so it exports nothing. It uses
// commands only, which are stable, and no package of JupyterLab.

interface Signal<T> {
  connect: (slot: (sender: unknown, value: T) => void) => void;
}

interface Output {
  output_type: string;
  data?: Record<string, unknown>;
}

interface Panel {
  id: string;
  context: { path: string; ready: Promise<void> };
  sessionContext: { ready: Promise<void>; session: { kernel: { info: Promise<unknown> } | null } | null };
  content: {
    activeCellIndex: number;
    node: HTMLElement;
    widgets: { model: { type: string; toJSON: () => { outputs?: Output[] } }; node: HTMLElement }[];
    scrollToItem: (index: number) => Promise<void>;
  };
}

interface Executed {
  id: string;
  result: Promise<unknown>;
}

interface Lab {
  restored: Promise<void>;
  shell: {
    currentWidget: unknown;
    widgets: (area: "main") => Iterable<unknown>;
    collapseLeft?: () => void;
    layoutModified?: Signal<void>;
  };
  commands: { execute: (id: string) => Promise<unknown>; commandExecuted: Signal<Executed> };
}

const NAME = "modos-widgets-demo"; // as in modos_widgets.demo.lab
const WIDGET = "application/vnd.jupyter.widget-view+json";
const WIDE = 1000; // pixels below which the widget has drawers
const ROUNDS = 15;
const PAUSE = 200; // ms
const RUN_ALL = new Set(["notebook:run-all-cells", "notebook:restart-run-all"]);

function isPanel(widget: unknown): widget is Panel {
  const panel = widget as Partial<Panel> | null;
  return Boolean(panel?.context && panel.sessionContext && panel.content);
}

/** Wait for the panel of the notebook, which opens after the page is restored. */
function panelOf(lab: Lab, path: string): Promise<Panel> {
  return new Promise((resolve) => {
    const look = (): void => {
      for (const widget of lab.shell.widgets("main")) {
        if (isPanel(widget) && widget.context.path === path) resolve(widget);
      }
    };
    lab.shell.layoutModified?.connect(look);
    look();
  });
}

function outputs({ content }: Panel, index: number): Output[] {
  return content.widgets[index]?.model.toJSON().outputs ?? [];
}

function hasWidget(panel: Panel, index: number): boolean {
  return outputs(panel, index).some(({ data }) => data !== undefined && WIDGET in data);
}

function hasError(panel: Panel, index: number): boolean {
  return outputs(panel, index).some(({ output_type }) => output_type === "error");
}

/** Show a cell from its first line on, while its output grows and nobody does anything else. */
async function show(lab: Lab, { content }: Panel, index: number): Promise<void> {
  content.activeCellIndex = index;
  const cell = content.widgets[index];
  const output = cell?.node.querySelector(".jp-OutputArea-output");
  if (output && output.clientWidth < WIDE) lab.shell.collapseLeft?.();
  const used = new AbortController();
  for (const event of ["wheel", "pointerdown", "keydown"]) {
    content.node.addEventListener(event, () => used.abort(), { signal: used.signal, capture: true });
  }
  for (let round = 0; round < ROUNDS && !used.signal.aborted; round += 1) {
    await content.scrollToItem(index); // draws it, should it be far away
    cell?.node.scrollIntoView({ block: "start" });
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  used.abort();
}

/** Run the cells from the first one on until a widget is shown, or a cell fails. */
async function runToWidget(lab: Lab, panel: Panel): Promise<void> {
  const { content } = panel;
  for (let index = 0; index < content.widgets.length; index += 1) {
    if (content.widgets[index]?.model.type !== "code") continue;
    if (lab.shell.currentWidget !== panel) return; // someone has opened another tab
    content.activeCellIndex = index;
    await lab.commands.execute("notebook:run-cell");
    if (hasError(panel, index)) return;
    if (hasWidget(panel, index)) {
      await show(lab, panel, index);
      return;
    }
  }
}

/** After all cells were run, return to the first widget; JupyterLab stops at the last cell. */
async function keepInView(lab: Lab, { id, result }: Executed): Promise<void> {
  const panel = lab.shell.currentWidget;
  if (!RUN_ALL.has(id) || !isPanel(panel)) return;
  await result;
  const all = panel.content.widgets.map((_, index) => index);
  const first = all.find((index) => hasWidget(panel, index));
  if (first !== undefined && !all.some((index) => hasError(panel, index))) await show(lab, panel, first);
}

async function open(lab: Lab): Promise<void> {
  lab.commands.commandExecuted.connect((_, executed) => void keepInView(lab, executed).catch(() => undefined));
  const config = document.getElementById("jupyter-config-data")?.textContent ?? "{}";
  const path = (JSON.parse(config) as { modosRunNotebook?: string }).modosRunNotebook;
  if (!path) return;
  await lab.restored;
  const panel = await panelOf(lab, path);
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session?.kernel?.info;
  await runToWidget(lab, panel);
}

const plugin = {
  id: `${NAME}:plugin`,
  description: "Shows the first widget of the demo.",
  autoStart: true,
  activate: (lab: Lab): void => void open(lab).catch(() => undefined),
};

((globalThis as { _JUPYTERLAB?: Record<string, unknown> })._JUPYTERLAB ??= {})[NAME] = {
  init: () => undefined,
  get: () => Promise.resolve(() => ({ __esModule: true, default: plugin })),
};
