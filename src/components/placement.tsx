/** Where the models and variables of a notebook live, and what looking costs before it is done. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes, clock, unbroken } from '../format';
import { Prose } from './prose';
import { Section } from './section';
import { Waiting } from './waiting';

type Offer = components['schemas']['PlacementOffer'];
type Placement = components['schemas']['Placement'];
type Thing = Placement['things'][number];

export interface IPlacementProps {
  /** What looking means and what was seen last; null until the first answer. */
  offer: Offer | null;
  isLooking: boolean;
  /** Why the last question failed, one sentence; empty when it did not. */
  problem: string;
  /** Called when the section is shown, and whenever it is drawn anew: the offer may be another by now. */
  onShown: () => void;
  onLook: (follow: boolean) => void;
  trans: TranslationBundle;
}

export function PlacementCard(props: IPlacementProps): React.JSX.Element {
  return (
    <Section id="placement" title={props.trans.__('Where does my model live?')} isFoldedAtFirst>
      <Body {...props} />
    </Section>
  );
}

function Body(props: IPlacementProps): React.JSX.Element {
  const { isLooking, offer, onShown, problem, trans } = props;
  const own = React.useId();
  React.useEffect(onShown);
  if (!offer) {
    return problem ? <Problem text={problem} /> : <Waiting text={trans.__('Asking the server…')} trans={trans} />;
  }
  const { last } = offer;
  const isBlocked = isLooking || !offer.possible;
  const costs = [offer.explains, offer.follow_explains];
  const explained = costs.map((text, index) => (
    <p key={text} id={`${own}${index}`} className="tfgpu-muted">
      {text}
    </p>
  ));
  return (
    <>
      {!last && explained}
      <div className="tfgpu-fix-deeds">
        {[trans.__('Look now'), trans.__('Look, and follow the next cell')].map((label, index) => (
          <button
            key={label}
            type="button"
            className="tfgpu-button"
            aria-disabled={isBlocked}
            aria-describedby={last ? undefined : `${own}${index}`}
            title={costs[index]}
            onClick={isBlocked ? undefined : () => props.onLook(index === 1)}
          >
            {label}
          </button>
        ))}
      </div>
      {offer.why_not && <p className="tfgpu-muted">{offer.why_not}</p>}
      {problem && <Problem text={problem} />}
      <div role="status">
        {isLooking && <p className="tfgpu-muted">{trans.__('Looking in the kernel…')}</p>}
        {last && <Seen placement={last} trans={trans} />}
        <Followed offer={offer} trans={trans} />
      </div>
      <details className="tfgpu-details">
        <summary>{last ? trans.__('What looking costs, and its code') : trans.__('The code that is run')}</summary>
        {last && explained}
        <pre className="tfgpu-code" tabIndex={0}>
          {`${offer.code}\n\n${offer.follow_code}`}
        </pre>
      </details>
    </>
  );
}

function Problem({ text }: { text: string }): React.JSX.Element {
  return (
    <p className="tfgpu-notice" role="alert">
      {text}
    </p>
  );
}

/** What is on one device, and what holds it. */
interface IShelf {
  count: number;
  bytes: number;
  rows: { thing: Thing; isOptimizer: boolean; bytes: number }[];
}

/** The devices with what is on each, GPUs first. */
export function byDevice(things: readonly Thing[]): [device: string, shelf: IShelf][] {
  const found = new Map<string, IShelf>();
  for (const thing of things) {
    for (const isOptimizer of [false, true]) {
      for (const { device, count, bytes: size } of isOptimizer ? thing.optimizer : thing.values) {
        const shelf = found.get(device) ?? { count: 0, bytes: 0, rows: [] };
        shelf.count += count;
        shelf.bytes += size;
        shelf.rows.push({ thing, isOptimizer, bytes: size });
        found.set(device, shelf);
      }
    }
  }
  const rank = (device: string) => (device.startsWith('GPU') ? 0 : 1);
  return [...found].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, undefined, { numeric: true }));
}

function Seen(props: { placement: Placement; trans: TranslationBundle }): React.JSX.Element {
  const { placement, trans } = props;
  const empty = placement.things.filter(thing => !thing.values.length && !thing.optimizer.length);
  return (
    <>
      <p>
        <Prose text={placement.says} />
      </p>
      {byDevice(placement.things).map(([device, shelf]) => (
        <React.Fragment key={device}>
          <h3 className="tfgpu-finding-title">{device}</h3>
          <p className="tfgpu-muted">
            {unbroken(trans._n('%1 tensor, %2', '%1 tensors, %2', shelf.count, bytes(shelf.bytes)))}
          </p>
          <ul>
            {shelf.rows.map(({ thing, isOptimizer, bytes: size }, index) => (
              <li key={index} className="tfgpu-holder">
                <span className="tfgpu-holder-name">
                  {isOptimizer ? trans.__('Optimizer of %1', thing.name) : <code>{thing.name}</code>}{' '}
                  {!isOptimizer && <span className="tfgpu-muted">{kindOf(thing)}</span>}
                </span>
                <span className="tfgpu-numbers">{bytes(size)}</span>
              </li>
            ))}
          </ul>
        </React.Fragment>
      ))}
      {empty.length > 0 && (
        <p className="tfgpu-muted">
          {trans.__(
            'Nothing of their own, as they are not built yet or stand above already: %1.',
            empty.map(thing => thing.name).join(', ')
          )}
        </p>
      )}
      {placement.left_out > 0 && (
        <p className="tfgpu-muted">{trans.__('%1 more are not shown.', placement.left_out)}</p>
      )}
      <p className="tfgpu-muted">
        {unbroken(
          trans.__(
            'Seen at %1. The kernel was occupied for %2 ms.',
            clock(placement.at_s),
            Math.ceil(placement.took_s * 1000)
          )
        )}
      </p>
      {placement.following && (
        <p className="tfgpu-notice">{trans.__('The next cell is followed: run it, and what it does stands here.')}</p>
      )}
      {placement.not_following && <Problem text={placement.not_following} />}
    </>
  );
}

const kindOf = ({ type, strategy }: Thing) => [type, strategy].filter(Boolean).join(' · ');

/** What the cell that was followed did, as TensorFlow noted it. */
function Followed(props: { offer: Offer; trans: TranslationBundle }): React.JSX.Element | null {
  const { trans } = props;
  const { followed, followed_says: says } = props.offer;
  if (!followed) {
    return null;
  }
  return (
    <>
      <h3 className="tfgpu-finding-title">{trans.__('The cell that was followed')}</h3>
      {says && <p>{says}</p>}
      {followed.on_cpu.length > 0 && (
        <details className="tfgpu-details">
          <summary>{trans.__('On the CPU although they have a GPU version (%1)', followed.on_cpu.length)}</summary>
          <ul>
            {followed.on_cpu.map(({ op, count }) => (
              <li key={op} className="tfgpu-holder">
                <code>{op}</code>
                <span className="tfgpu-numbers">{count}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {followed.other_on_cpu > 0 && (
        <p className="tfgpu-muted">
          {trans.__(
            '%1 more operations are on the CPU, where they belong: text, shapes, whole numbers, moving data.',
            followed.other_on_cpu
          )}
        </p>
      )}
    </>
  );
}
