// The cards of terms and linked elements: what a chip stands for, and where it goes.
import type { ComponentChildren } from "preact";
import { CardContext } from "./card_context.ts";
import { CopyButton } from "./show_code.tsx";
import { Button } from "./controls.tsx";
import { openPopover, type Anchor } from "./floating.ts";
import { visible } from "./format.ts";
import type { Channel } from "./messages.ts";
import { Value } from "./value.tsx";
import type { Card, CardsRequest, Requests } from "./wire.ts";

/** What answers requests for cards, and selects the element of one. */
export interface CardSource {
  channel: Channel<Requests>;
  /** Select an element; absent where there is nothing to select it in. */
  follow?: ((id: string, object: string) => void) | undefined;
}

/** Chips within open their cards. */
export function Cards({ children, ...source }: CardSource & { children: ComponentChildren }) {
  return (
    <CardContext.Provider value={(root, chip, request) => void openCards(root, chip, source, request)}>
      {children}
    </CardContext.Provider>
  );
}

/** Open the cards of some values in `root`, beside `anchor`; a problem is shown in their place. */
export async function openCards(
  root: HTMLElement,
  anchor: Anchor,
  { channel, follow }: CardSource,
  request: CardsRequest,
  closed?: () => void,
): Promise<void> {
  let cards: Card[];
  try {
    cards = (await channel.request("cards", request)).payload.cards;
  } catch (error) {
    if (error instanceof DOMException) return; // the view is closed
    const { message, hint = "" } = error as { message: string; hint?: string };
    cards = [{ title: message, about: hint, value: "", exists: true, rows: [], chips: {} }];
  }
  if (anchor instanceof Element && !anchor.isConnected) return;
  const isElement = request.kind === "element";
  openPopover(root, {
    name: cards.map(({ title }) => visible(title)).join(", "),
    anchor,
    class: "modos-popover modos-cards",
    ...(closed ? { closed } : {}),
    content: ({ close }) =>
      cards.map((card, place) => (
        <CardView
          key={place}
          card={card}
          copies={isElement ? "Copy id" : "Copy URI"}
          follow={
            isElement && follow && card.exists && card.value
              ? () => {
                  close();
                  follow(card.value, request.object ?? "");
                }
              : null
          }
        />
      )),
  });
}

function CardView({ card, copies, follow }: { card: Card; copies: string; follow: (() => void) | null }) {
  const { title, about, value, exists, rows, chips } = card;
  return (
    <section class="modos-card" aria-label={visible(title)}>
      <strong>{visible(title)}</strong>
      <div class="modos-muted">{exists ? visible(about) : "Not found here."}</div>
      {rows.length > 0 && (
        <dl>
          {rows.map(([name, text]) => [<dt>{visible(name)}</dt>, <dd><Value text={text} chips={chips} /></dd>])}
        </dl>
      )}
      {value && (
        <div class="modos-card-foot">
          {follow && <Button label="Go to" class="modos-quiet" data-first press={follow} />}
          <CopyButton label={copies} text={() => value} />
        </div>
      )}
    </section>
  );
}
