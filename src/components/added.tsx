/** The lines of figures that other extensions add under the verdict. */
import * as React from 'react';

export interface IAddedLine {
  id: string;
  label: string;
  /** The value with its unit. */
  text: string;
}

/** Views read them from a context, so that no card between has to hand them on. */
export const AddedLines = React.createContext<readonly IAddedLine[]>([]);

export function Added(): React.JSX.Element | null {
  const lines = React.useContext(AddedLines);
  if (!lines.length) {
    return null;
  }
  return (
    <dl className="tfgpu-facts tfgpu-added">
      {lines.map(({ id, label, text }) => (
        <React.Fragment key={id}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
