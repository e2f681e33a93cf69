/** A client whose answers a test gives when it wants to. */
import { ApiError, type BenchmarkRequest, type IActionCall, type IClient } from '../api/client';
import type { components } from '../api/types';

type Schemas = components['schemas'];

/** One question that waits for its answer. */
interface IQuestion {
  readonly method: keyof IClient;
  readonly argument: unknown;
  answer: (value: unknown) => void;
  fail: (reason: unknown) => void;
}

export const OFFLINE = new ApiError(0, 'offline', 'The Jupyter server cannot be reached.');

export class FakeClient implements IClient {
  /** Every question so far, oldest first. */
  readonly asked: IQuestion[] = [];
  /** When set, questions answer themselves: a value is an answer, an error a failure. */
  always: unknown = null;

  gpus = (since: number) => this.ask<Schemas['Gpus']>('gpus', since);
  events = (since: number) => this.ask<Schemas['Events']>('events', since);
  kernels = () => this.ask<Schemas['Kernels']>('kernels', null);
  kernel = (id: string) => this.ask<Schemas['KernelReport']>('kernel', id);
  probe = (id: string) => this.ask<Schemas['KernelReport']>('probe', id);
  startBenchmark = (request: BenchmarkRequest) => this.ask<Schemas['BenchmarkJob']>('startBenchmark', request);
  benchmark = (id: string) => this.ask<Schemas['BenchmarkJob']>('benchmark', id);
  benchmarks = (kernelId: string) => this.ask<Schemas['Benchmarks']>('benchmarks', kernelId);
  cancelBenchmark = (id: string) => this.ask<Schemas['BenchmarkJob']>('cancelBenchmark', id);
  version = () => this.ask<string>('version', null);
  actions = (kernelId: string) => this.ask<Schemas['ActionOffers']>('actions', kernelId);
  act = (kernelId: string, call: IActionCall) => this.ask<Schemas['ActionResult']>('act', { kernelId, ...call });
  placement = (kernelId: string) => this.ask<Schemas['PlacementOffer']>('placement', kernelId);
  look = (kernelId: string, follow: boolean) => this.ask<Schemas['Placement']>('look', { kernelId, follow });

  /** How often a method was called. */
  count(method: keyof IClient): number {
    return this.asked.filter(question => question.method === method).length;
  }

  /** The newest question. */
  get last(): IQuestion {
    const question = this.asked[this.asked.length - 1];
    if (!question) {
      throw new Error('Nothing was asked.');
    }
    return question;
  }

  private ask<T>(method: keyof IClient, argument: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const answer = (value: unknown) => resolve(value as T);
      this.asked.push({ method, argument, answer, fail: reject });
      if (this.always instanceof Error) {
        reject(this.always);
      } else if (this.always) {
        answer(this.always);
      }
    });
  }
}
