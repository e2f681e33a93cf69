/** The views get what can be done for the kernel in front, and what other extensions say of it. */
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeTfGpu } from '../../__tests__/app';
import { render } from '../../__tests__/render';
import { finding, fix, KERNEL, offer, report } from '../../__tests__/samples';
import { AddedLines } from '../../components/added';
import { FixDesk } from '../../components/fixdesk';
import { type IFixing, WithFixes } from '../fixdesk';

class FakeFixes {
  readonly changed = new Signal<this, void>(this);
  hasTerminals = true;
  isOpen = vi.fn(() => true);
  attempt = vi.fn();
  carryOut = vi.fn();
  use = vi.fn();
  undo = vi.fn();
  dismiss = vi.fn();
}

class FakeOffers {
  readonly changed = new Signal<this, void>(this);
  of = vi.fn(() => [offer()]);
}

let tfgpu: FakeTfGpu;
let fixes: FakeFixes;
let offers: FakeOffers;
let desk: React.ContextType<typeof FixDesk>;

function Looker(): React.JSX.Element {
  desk = React.useContext(FixDesk);
  const lines = React.useContext(AddedLines);
  return <p>{lines.map(({ label, text }) => `${label}=${text}`).join()}</p>;
}

beforeEach(() => {
  tfgpu = new FakeTfGpu();
  fixes = new FakeFixes();
  offers = new FakeOffers();
});

async function shown() {
  const made = { fixes, offers } as unknown as IFixing;
  const fixing = () => Promise.resolve(made);
  return render(
    <WithFixes tfgpu={tfgpu} fixing={fixing}>
      <Looker />
    </WithFixes>
  );
}

const tell = (one: ReturnType<typeof report> | null) => React.act(async () => tfgpu.tell(one));

describe('the desk', () => {
  it('is not there without a kernel', async () => {
    await shown();
    expect(desk).toBeNull();
  });

  it('is of the kernel in front', async () => {
    await shown();
    await tell(report());
    expect(desk).toMatchObject({ isOpen: true, hasTerminals: true, offers: [offer()] });
    desk?.onCarryOut('insert', fix(), finding());
    desk?.onUse();
    desk?.onUndo();
    desk?.onDismiss();
    expect(fixes.carryOut).toHaveBeenCalledWith('insert', fix(), finding(), tfgpu.report);
    expect([fixes.use, fixes.undo, fixes.dismiss].map(spy => spy.mock.calls)).toEqual([
      [[KERNEL]],
      [[KERNEL]],
      [[KERNEL]]
    ]);
  });

  it('follows what came of a fix', async () => {
    await shown();
    await tell(report({ name: 'python3' }));
    fixes.attempt.mockReturnValue({ state: 'waiting', made: { name: 'python3-tfgpu', from: 'python3' } });
    await React.act(async () => fixes.changed.emit());
    expect(desk?.attempt).toMatchObject({ state: 'waiting', made: { name: 'python3-tfgpu', isChosen: false } });
    await tell(report({ name: 'python3-tfgpu' }));
    expect(desk?.attempt?.made?.isChosen).toBe(true);
  });
});

describe('lines of other extensions', () => {
  it('are those that have a value for this kernel', async () => {
    tfgpu.metrics.push(
      { id: 'a', label: 'Steps', value: one => `${one.name} 12` },
      { id: 'b', label: 'Nothing', value: () => null }
    );
    const screen = await shown();
    expect(screen.text).toBe('');
    await tell(report({ name: 'python3' }));
    expect(screen.text).toBe('Steps=python3 12');
  });

  it('that fail are left out', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    tfgpu.metrics.push({
      id: 'broken',
      label: 'Broken',
      value: () => {
        throw new Error('no');
      }
    });
    const screen = await shown();
    await tell(report());
    expect(screen.text).toBe('');
    expect(warn.mock.calls[0]?.[0]).toContain('broken');
  });
});
