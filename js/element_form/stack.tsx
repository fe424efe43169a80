// Forms within forms: an element to link to is added without leaving the form that links to it.
import { useState } from "preact/hooks";
import { useForm } from "./context.ts";
import { focusedBeside } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import { NewElement, type NewElementProps } from "./new_element.tsx";
import type { ClassChoice } from "../shared/wire.ts";

interface Nested {
  choice: ClassChoice;
  object: string;
  linked: (element: string) => void;
  opener: Element | null;
}

export function FormStack(props: Omit<NewElementProps, "create" | "isNested">) {
  const { root } = useForm();
  const [nested, setNested] = useState<Nested[]>([]);
  const create = (choice: ClassChoice, object: string, linked: (element: string) => void): void => {
    const opener = focusedBeside(root);
    setNested([...nested, { choice, object, linked, opener }]);
  };
  const back = (): void => {
    const top = nested[nested.length - 1];
    setNested(nested.slice(0, -1));
    requestAnimationFrame(() => (top?.opener as HTMLElement | null)?.focus());
  };
  return (
    <>
      <div class="modos-form-layer" hidden={nested.length > 0}>
        <NewElement {...props} create={create} />
      </div>
      {nested.map(({ choice, object, linked }, place) => (
        <div class="modos-form-layer" key={place} hidden={place < nested.length - 1}>
          <div class="modos-muted modos-form-within">{`Adds a ${visible(choice.title)} and links to it`}</div>
          <NewElement
            className={choice.name}
            object={object}
            isNested
            added={(element) => {
              linked(element);
              props.added(element);
            }}
            done={back}
            close={back}
            create={create}
          />
        </div>
      ))}
    </>
  );
}
