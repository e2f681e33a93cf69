/** Every report that comes in, of any kernel: completed by other extensions, remembered, and told when it is another. */
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IClient } from '../api/client';
import type { Finding, IFindingProvider, KernelReport } from '../tokens';

/** A provider that does not answer must not hold the verdict back. */
const PROVIDER_MS = 1000;
/** Reports of kernels long gone are forgotten, the oldest first. */
const REMEMBERED = 64;

/** One report that has come in. */
export interface IArrival {
  readonly report: KernelReport;
  readonly isAfresh: boolean;
}

export class Reports {
  constructor(client: IClient) {
    // The same client, whose reports pass through here whoever asks for them.
    const { kernel, probe } = client;
    this.client = Object.assign(Object.create(client) as IClient, {
      kernel: (id: string) => kernel.call(client, id).then(report => this.take(report, false)),
      probe: (id: string) => probe.call(client, id).then(report => this.take(report, true))
    });
  }

  /** To be used instead of the client that was given. */
  readonly client: IClient;

  /** The latest report of a kernel; null when none has come in. */
  of(kernelId: string): KernelReport | null {
    return this.known.get(kernelId) ?? null;
  }

  /** Emitted with every report that comes in; `isAfresh` when its environment was probed again for it. */
  get arrived(): ISignal<this, IArrival> {
    return this._arrived;
  }

  /** Emitted with the report of a kernel whose verdict is another than the one before. */
  get verdictChanged(): ISignal<this, KernelReport> {
    return this._verdictChanged;
  }

  /** Let somebody else name causes too; `providersChanged` says that reports would now be others. */
  add(provider: IFindingProvider): IDisposable {
    this.providers.set(provider.id, provider);
    this._providersChanged.emit();
    return new DisposableDelegate(() => {
      if (this.providers.get(provider.id) === provider) {
        this.providers.delete(provider.id);
        this._providersChanged.emit();
      }
    });
  }

  get providersChanged(): ISignal<this, void> {
    return this._providersChanged;
  }

  private async take(report: KernelReport, isAfresh: boolean): Promise<KernelReport> {
    const added = await Promise.all([...this.providers.values()].map(provider => this.ask(provider, report)));
    const findings = [...report.findings];
    for (const finding of added.flat()) {
      if (!findings.some(one => one.id === finding.id)) {
        findings.push(finding);
      }
    }
    const whole = findings.length > report.findings.length ? { ...report, findings } : report;
    const before = this.known.get(whole.kernel_id);
    if (before && before.at_s > whole.at_s) {
      return whole; // a provider was slow: a newer one is here already
    }
    this.known.delete(whole.kernel_id); // the newest stands last
    this.known.set(whole.kernel_id, whole);
    for (const id of [...this.known.keys()].slice(0, -REMEMBERED)) {
      this.known.delete(id);
    }
    this._arrived.emit({ report: whole, isAfresh });
    if (before?.verdict !== whole.verdict) {
      this._verdictChanged.emit(whole);
    }
    return whole;
  }

  private async ask(provider: IFindingProvider, report: KernelReport): Promise<readonly Finding[]> {
    let timer = 0;
    const late = new Promise<never>((_, reject) => {
      timer = window.setTimeout(() => reject(new Error('no answer in time')), PROVIDER_MS);
    });
    try {
      return await Promise.race([Promise.resolve(report).then(one => provider.find(one)), late]);
    } catch (reason) {
      console.warn(`TFGPU Lab leaves out the causes of ${provider.id}:`, reason);
      return [];
    } finally {
      window.clearTimeout(timer);
    }
  }

  private readonly known = new Map<string, KernelReport>();
  private readonly providers = new Map<string, IFindingProvider>();
  private readonly _arrived = new Signal<this, IArrival>(this);
  private readonly _verdictChanged = new Signal<this, KernelReport>(this);
  private readonly _providersChanged = new Signal<this, void>(this);
}
