/** What mends a finding, carried out on the user's click, and whether it helped. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { IActionCall } from '../api/client';
import type { components } from '../api/types';
import type { Finding, KernelReport } from '../tokens';
import type { Deed, IAttempt, Judged, Plan } from './attempt';
import type { IArrival, Reports } from './reports';
import type { IWorkbench } from './workbench';

type Schemas = components['schemas'];

/** Deeds after which the kernel is looked at again at once; the others wait until the user has done the rest. */
const AT_ONCE: ReadonlySet<Deed> = new Set(['restart', 'shut-down', 'use']);
const UNSETTLED: ReadonlySet<string> = new Set(['starting', 'restarting', 'autorestarting']);

export class FixesModel {
  constructor(
    private readonly reports: Reports,
    private readonly workbench: IWorkbench,
    private readonly checkAgain: () => Promise<void>
  ) {
    reports.arrived.connect(this.onReport, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get hasTerminals(): boolean {
    return this.workbench.hasTerminals;
  }

  /** Whether a notebook or a console of this kernel is open. */
  isOpen(kernelId: string): boolean {
    return this.workbench.isOpen(kernelId);
  }

  /** The latest attempt for this kernel; null when there is none or the user has put it aside. */
  attempt(kernelId: string): IAttempt | null {
    return this.attempts.get(kernelId) ?? null;
  }

  /** Put the latest attempt's message aside. */
  dismiss(kernelId: string): void {
    this.attempts.delete(kernelId);
    this._changed.emit();
  }

  /** Carry a fix out for a kernel that there is a report of. */
  async carryOut(deed: Deed, plan: Plan, finding: Finding | null, of: KernelReport): Promise<void> {
    await this.run({
      kernelId: of.kernel_id,
      deed,
      title: plan.title,
      finding: finding && { id: finding.id, title: finding.title },
      before: judged(of),
      work: attempt => this.perform(attempt, plan, of)
    });
  }

  /** Give the notebook the kernelspec that the latest fix has written. */
  async use(kernelId: string): Promise<void> {
    const former = this.attempts.get(kernelId);
    const made = former?.made;
    if (made) {
      await this.run({
        ...former,
        deed: 'use',
        work: async attempt => {
          const id = await this.workbench.choose(kernelId, made.name);
          return id === null ? null : { ...attempt, kernelId: id };
        }
      });
    }
  }

  /** Remove the kernelspec that the latest fix has written; a notebook that uses it gets its former one first. */
  async undo(kernelId: string): Promise<void> {
    const former = this.attempts.get(kernelId);
    const made = former?.made;
    if (made) {
      await this.run({
        ...former,
        deed: 'undo',
        work: async attempt => {
          let id: string | null = kernelId;
          if (this.reports.of(kernelId)?.name === made.name) {
            id = await this.workbench.choose(kernelId, made.from);
          }
          if (id === null) {
            return null;
          }
          const call = { action: 'remove-kernelspec', request: { kernelspec: made.name } } as const;
          const result = await this.post({ ...attempt, kernelId: id }, call);
          return result && { ...attempt, kernelId: id, finding: null, after: null, says: result.says, made: null };
        }
      });
    }
  }

  /** Do one thing for a kernel at a time, and keep what came of it; `work` returns null when the user cancelled. */
  private async run(
    what: Pick<IAttempt, 'kernelId' | 'deed' | 'title' | 'finding' | 'before'> &
      Partial<IAttempt> & { work: (attempt: IAttempt) => Promise<IAttempt | null> }
  ): Promise<void> {
    const { work, ...begun } = what;
    const { kernelId } = begun;
    const former = this.attempts.get(kernelId);
    if (former?.state === 'working') {
      return;
    }
    const fresh = { after: null, says: '', made: null, cells: null, hasRun: false };
    const attempt: IAttempt = { ...fresh, ...begun, state: 'working', problem: '' };
    this.set(attempt);
    let done: IAttempt | null;
    try {
      done = await work(attempt);
    } catch (reason) {
      this.set({ ...attempt, state: 'failed', problem: reason instanceof Error ? reason.message : String(reason) });
      return;
    }
    this.attempts.delete(kernelId); // another kernel may have taken its place
    if (!done) {
      this.restore(former);
      return;
    }
    const waiting = { ...done, state: 'waiting' } as const;
    this.set(waiting);
    if (what.deed === 'insert') {
      void this.countCells(waiting);
    }
    if (AT_ONCE.has(what.deed)) {
      this.due.add(done.kernelId);
      await this.checkAgain();
    }
  }

  private async perform(attempt: IAttempt, plan: Plan, of: KernelReport): Promise<IAttempt | null> {
    const { kernelId } = attempt;
    const { workbench } = this;
    const unless = (isDone: boolean) => (isDone ? attempt : null);
    switch (attempt.deed) {
      case 'insert':
        return unless(await workbench.insert(kernelId, plan.cells ?? [{ code: plan.text ?? '', place: 'here' }]));
      case 'terminal':
        return unless(await workbench.type(plan.text ?? ''));
      case 'restart':
        return unless(await workbench.restart(kernelId));
      case 'shut-down': {
        const { kernels } = await this.reports.client.kernels();
        const held = (row: Schemas['KernelRow']) => row.gpu_memory_used_bytes ?? 0;
        const others = kernels.filter(row => row.kernel_id !== kernelId && held(row) > 0);
        return unless(await workbench.shutDown(others.sort((a, b) => held(b) - held(a))));
      }
      case 'apply': {
        const result = plan.action ? await this.post(attempt, plan.action) : null;
        return (
          result && {
            ...attempt,
            after: result.after && { verdict: result.after.verdict, forecast: null },
            says: result.says,
            made: result.kernelspec === null ? null : { name: result.kernelspec, from: of.name }
          }
        );
      }
      default:
        return null;
    }
  }

  /** Have the server say what it would do, show it, and let it do just that; code is inserted instead. */
  private async post({ kernelId, title }: IAttempt, call: IActionCall): Promise<Schemas['ActionResult'] | null> {
    const { client } = this.reports;
    const preview = await client.act(kernelId, { ...call, request: { ...call.request, preview: true } });
    if (preview.cells.length) {
      return (await this.workbench.insert(kernelId, preview.cells)) ? preview : null;
    }
    if (!(await this.workbench.confirm(title, preview.files))) {
      return null;
    }
    const { kernelspec } = preview;
    const request = { ...call.request, ...(kernelspec !== null && { kernelspec }), preview: false };
    return client.act(kernelId, { ...call, request });
  }

  private onReport(_: Reports, { report, isAfresh }: IArrival): void {
    const attempt = this.attemptAfter(report);
    const isOpen = attempt?.state === 'waiting' || attempt?.state === 'still-there';
    const tellsNothing = report.verdict === 'unknown' || UNSETTLED.has(report.execution_state);
    // A kernelspec changes nothing for a kernel that was started from another one.
    const isChosen = !attempt?.made || attempt.made.name === report.name;
    if (!attempt?.finding || !isOpen || tellsNothing || !isChosen) {
      return;
    }
    const { id } = attempt.finding;
    if (!report.findings.some(finding => finding.id === id)) {
      this.set({ ...attempt, state: 'verified', after: judged(report) });
    } else if (isAfresh || this.due.has(report.kernel_id)) {
      this.set({ ...attempt, state: 'still-there', after: judged(report) });
    }
    this.due.delete(report.kernel_id);
  }

  /** Learn how many cells the kernel has run by now: the latest report may be of before. */
  private async countCells(attempt: IAttempt): Promise<void> {
    const report = await this.reports.client.kernel(attempt.kernelId).catch(() => null);
    if (report && this.attempts.get(attempt.kernelId) === attempt) {
      this.set({ ...attempt, cells: cellsOf(report) });
    }
  }

  /** The attempt as it stands once the kernel may have run cells: a check that was run needs no words any more. */
  private attemptAfter(report: KernelReport): IAttempt | undefined {
    const attempt = this.attempts.get(report.kernel_id);
    const cells = cellsOf(report);
    if (attempt?.state === 'waiting' && attempt.deed === 'insert' && !attempt.hasRun) {
      const hasRun = attempt.cells !== null && cells !== null && cells !== attempt.cells;
      if (hasRun && !attempt.finding) {
        this.dismiss(report.kernel_id);
      } else if (hasRun) {
        this.set({ ...attempt, hasRun });
      }
    }
    return this.attempts.get(report.kernel_id);
  }

  private restore(former: IAttempt | undefined): void {
    if (former) {
      this.set(former);
    } else {
      this._changed.emit();
    }
  }

  private set(attempt: IAttempt): void {
    this.attempts.set(attempt.kernelId, attempt);
    this._changed.emit();
  }

  private readonly attempts = new Map<string, IAttempt>();
  private readonly due = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
}

function judged({ verdict, forecast }: KernelReport): Judged {
  return { verdict, forecast };
}

const cellsOf = ({ live }: KernelReport) => live?.execution_count ?? null;
