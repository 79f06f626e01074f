import { existsSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readJsonLines } from '@icrl/report'
import type { MeasuredArm } from './measure-arm.ts'

/** A learning curve as experiments store it, one a line. */
export interface StoredCurve extends MeasuredArm {
  readonly arm: string
  readonly seed: number
  /** Of the code that ran, where it was known. */
  readonly commit?: string
}

/** The curves of an experiment; none where there is no file yet. */
export async function readCurves(file: string): Promise<StoredCurve[]> {
  const curves: StoredCurve[] = []
  if (existsSync(file)) for await (const curve of readJsonLines<StoredCurve>(file)) curves.push(curve)
  return curves
}

/** Adds a curve to an experiment's file, accuracies to four digits. */
export async function storeCurve(file: string, { values, guesses, weightMean, seconds, ...curve }: StoredCurve): Promise<void> {
  const stored: StoredCurve = {
    ...curve,
    values: values.map((value) => rounded(value, 4)),
    guesses: guesses.map((value) => rounded(value, 4)),
    ...(weightMean !== undefined && { weightMean: rounded(weightMean, 4) }),
    seconds: rounded(seconds, 1),
  }
  await mkdir(dirname(file), { recursive: true })
  await appendFile(file, `${JSON.stringify(stored)}\n`)
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
