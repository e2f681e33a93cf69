/** A part of the panel under a heading that folds it; folded, it is not drawn at all. */
import * as React from 'react';

import { useChoice } from './choices';

export interface ISectionProps {
  /** Under which the user's choice is kept. */
  id: string;
  title: string;
  /** A few words beside the title, such as a number; part of no heading. */
  aside?: React.ReactNode;
  /** Whether it is folded until the user unfolds it. */
  isFoldedAtFirst?: boolean;
  children: React.ReactNode;
}

export function Section(props: ISectionProps): React.JSX.Element {
  const { aside, children, id, title } = props;
  const [isOpen, setOpen] = useChoice<boolean>(`open:${id}`, !props.isFoldedAtFirst);
  const own = React.useId();
  return (
    <section className="tfgpu-card" data-part={id} aria-labelledby={`${own}title`}>
      <div className="tfgpu-section-head">
        <h2 className="tfgpu-heading">
          <button
            type="button"
            className="tfgpu-fold"
            aria-expanded={isOpen}
            aria-controls={`${own}body`}
            onClick={() => setOpen(!isOpen)}
          >
            <Caret />
            <span id={`${own}title`}>{title}</span>
          </button>
        </h2>
        {aside && <span className="tfgpu-muted tfgpu-numbers">{aside}</span>}
      </div>
      <div id={`${own}body`} className="tfgpu-section-body">
        {isOpen && children}
      </div>
    </section>
  );
}

/** Points to the right; the style sheet turns it where its button is expanded. */
export function Caret(): React.JSX.Element {
  return (
    <svg className="tfgpu-caret" viewBox="0 0 10 10" aria-hidden="true">
      <path d="M3 1l4 4-4 4z" fill="currentColor" />
    </svg>
  );
}
