/** Numbers as people read them. */
import { describe, expect, it } from 'vitest';

import { bytes, celsius, clock, percent, tflops, times, unbroken, watts } from '../format';

const GIB = 1024 ** 3;

describe('format', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [512 * 1024 ** 2, '512 MiB'],
    [79.2 * GIB, '79.2 GiB'],
    [143_771 * 1024 ** 2, '140 GiB'],
    [2 * 1024 ** 4, '2.0 TiB'],
    [4096 * 1024 ** 4, '4096 TiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [100 * GIB - 1, '100 GiB']
  ])('writes %d bytes as %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  it.each([
    [989.4, '989'],
    [41.34, '41.3'],
    [4.126, '4.13'],
    [0.412, '0.412'],
    [0.0004123, '0.000412'],
    [9.999, '10.0'],
    [99.97, '100']
  ])('writes %d TFLOP/s with three significant digits: %s', (value, text) => {
    expect(tflops(value)).toBe(text);
  });

  it.each([
    [3.21, '3.2'],
    [9.97, '10'],
    [47.4, '47'],
    [0.04, '0.040']
  ])('writes %d times as %s', (value, text) => {
    expect(times(value)).toBe(text);
  });

  it('writes whole percents, degrees and watts', () => {
    expect([percent(0.614), celsius(41.4), watts(120.6)]).toEqual(['61 %', '41 °C', '121 W']);
  });

  it.each([
    ['1.5 GiB, at most 9.8 GiB', '1.5_GiB, at most 9.8_GiB'],
    ['63 % of GPU time at 8:46:47 AM', '63_% of GPU time at 8:46:47_AM'],
    [
      '41 °C, 120 W, 1980 MHz, 25.0 GB/s, 700 TFLOP/s, 13 ms, 2 min',
      '41_°C, 120_W, 1980_MHz, 25.0_GB/s, 700_TFLOP/s, 13_ms, 2_min'
    ],
    ['GPU:0 · 1.3 GiB → 12.0 GiB', 'GPU:0 · 1.3_GiB_→_12.0_GiB'],
    ['2 Windows, 3 seconds, GPU 0 Basic', '2 Windows, 3 seconds, GPU 0 Basic']
  ])('keeps numbers and their units on one line: %s', (text, kept) => {
    expect(unbroken(text).replace(/\u00a0/g, '_')).toBe(kept);
  });

  it('writes seconds since the epoch as the time of day', () => {
    const at = new Date(2024, 0, 1, 13, 5, 9);
    expect(clock(at.getTime() / 1000)).toBe(at.toLocaleTimeString());
    expect(clock(at.getTime() / 1000)).toMatch(/05.09/);
  });
});
