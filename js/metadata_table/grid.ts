// The grid library, set up for rows that stay in Python.
import {
  CellApiModule,
  CellStyleModule,
  ColumnApiModule,
  CustomEditorModule,
  EventApiModule,
  InfiniteRowModelModule,
  RenderApiModule,
  RowApiModule,
  RowStyleModule,
  ScrollApiModule,
  createGrid,
  createTheme,
  type ColDef,
  type GridApi,
  type GridOptions,
  type IDatasource,
} from "ag-grid-community";
import { reading, renderer, type Labels } from "./cells.ts";
import { Header, OwnHeader, type HeaderContext, type OwnHeaderContext } from "./header.ts";
import type { Row } from "./row.ts";
import type { Cell, Column } from "./wire.ts";

const MODULES = [
  CellApiModule,
  CellStyleModule,
  ColumnApiModule,
  CustomEditorModule,
  EventApiModule,
  InfiniteRowModelModule,
  RenderApiModule,
  RowApiModule,
  RowStyleModule,
  ScrollApiModule,
];

const THEME = createTheme().withParams({
  accentColor: "var(--modos-accent)",
  backgroundColor: "var(--modos-surface)",
  foregroundColor: "var(--modos-text)",
  textColor: "var(--modos-text)",
  headerBackgroundColor: "var(--modos-raised)",
  headerTextColor: "var(--modos-text)",
  headerFontWeight: 600,
  headerFontSize: 12,
  borderColor: "var(--modos-line)",
  columnBorder: true,
  headerColumnBorder: true,
  rowBorder: true,
  wrapperBorder: false,
  wrapperBorderRadius: 0,
  borderRadius: 4,
  fontFamily: "var(--modos-font)",
  fontSize: 13,
  spacing: 4,
  cellHorizontalPadding: 8,
  rowHeight: 28,
  headerHeight: 28,
  rowHoverColor: "var(--modos-hover)",
  selectedRowBackgroundColor: "var(--modos-selected)",
  focusShadow: "none",
  focusErrorShadow: "none",
  popupShadow: "var(--modos-shadow)",
  browserColorScheme: "inherit",
});

/** Columns of ours beside those of the data: completeness of a row, and the empty columns that are hidden. */
export const FILLED = "filled";
export const MORE = "more";

export interface GridParts {
  root: HTMLElement;
  columns: Column[];
  labels: Labels;
  block: number;
  total: number;
  datasource: IDatasource;
  header: (column: Column) => Omit<HeaderContext, "column">;
  /** The header of the column that stands for the hidden ones. */
  more: OwnHeaderContext;
  editor: (column: Column) => Partial<ColDef<Row>>;
  events: Partial<GridOptions<Row>>;
}

export function columnDefinition(column: Column, parts: GridParts): ColDef<Row> {
  const place = Number(column.id);
  const draw = renderer(column, parts.labels);
  const named = column.kind === "element" || column.kind === "object";
  return {
    colId: column.id,
    headerName: column.name,
    valueGetter: ({ data }) => data?.cells[place],
    valueFormatter: ({ value, data }) => (data ? reading(value as Cell, column, parts.labels) : "…"),
    ...(draw ? { cellRenderer: draw } : {}),
    headerComponent: Header,
    headerComponentParams: { column, ...parts.header(column) },
    width: column.width,
    minWidth: 48,
    maxWidth: 1200,
    hide: Boolean(column.hidden),
    pinned: named ? "left" : null,
    lockVisible: named,
    sortable: true,
    resizable: true,
    suppressHeaderMenuButton: true,
    cellClass: `modos-kind-${column.kind}`,
    headerClass: column.kind === "number" ? "modos-kind-number" : "",
    cellDataType: false,
    ...parts.editor(column),
  };
}

function ownColumns(parts: GridParts): ColDef<Row>[] {
  const own: ColDef<Row> = {
    hide: true,
    sortable: false,
    resizable: false,
    suppressMovable: true,
    suppressHeaderMenuButton: true,
    editable: false,
    cellDataType: false,
  };
  return [
    {
      ...own,
      colId: FILLED,
      headerName: "filled",
      headerComponent: OwnHeader,
      headerComponentParams: { words: () => "filled", title: "Required and expected attributes that have a value" },
      width: 64,
      cellClass: "modos-filled",
      valueGetter: ({ data }) => (data?.filled ? data.filled.join("/") : ""),
      cellClassRules: { "modos-is-filled": ({ data }) => Boolean(data?.filled && data.filled[0] === data.filled[1]) },
    },
    {
      ...own,
      colId: MORE,
      headerName: "More columns",
      headerComponent: OwnHeader,
      headerComponentParams: parts.more,
      width: 112,
      cellClass: "modos-foreign",
    },
  ];
}

export function makeGrid(holder: HTMLElement, parts: GridParts): GridApi<Row> {
  const root = holder.getRootNode();
  return createGrid<Row>(
    holder,
    {
      theme: THEME,
      ...(root instanceof ShadowRoot ? { themeStyleContainer: root } : {}),
      rowModelType: "infinite",
      columnDefs: [...parts.columns.map((column) => columnDefinition(column, parts)), ...ownColumns(parts)],
      datasource: parts.datasource,
      cacheBlockSize: parts.block,
      maxBlocksInCache: 40,
      maxConcurrentDatasourceRequests: 2,
      blockLoadDebounceMillis: 40,
      infiniteInitialRowCount: Math.max(1, parts.total),
      cacheOverflowSize: 1,
      rowBuffer: 4,
      popupParent: parts.root,
      multiSortKey: "ctrl",
      readOnlyEdit: true,
      stopEditingWhenCellsLoseFocus: true,
      suppressScrollOnNewData: true,
      suppressMultiRangeSelection: true,
      suppressDragLeaveHidesColumns: true,
      suppressColumnVirtualisation: false,
      suppressMenuHide: true,
      processUnpinnedColumns: () => [], // a narrow table would forget its pins: `Columns.fit` holds them back
      animateRows: false,
      suppressColumnMoveAnimation: true,
      loading: false,
      suppressNoRowsOverlay: true,
      // Tab leaves the grid, as in any other control: arrows move within, of a million rows too
      tabToNextCell: ({ editing, nextCellPosition }) => (editing && nextCellPosition ? nextCellPosition : false),
      tabToNextHeader: () => false,
      getRowClass: ({ data }) => (data?.band ? "modos-band" : undefined),
      ...parts.events,
    } as GridOptions<Row>,
    { modules: MODULES },
  );
}
