import { Undecidable } from './undecidable.ts'

/** Work left for one verdict, in units of less than a microsecond. */
export interface Budget {
  left: number
}

/** What one verdict may cost: 10 to 20 ms of arithmetic on one core of 2024. */
export function newBudget(): Budget {
  return { left: 20_000 }
}

/** Takes work from the budget; undecidable once it is spent. */
export function spend(budget: Budget, units: number): void {
  budget.left -= units
  if (budget.left < 0) throw new Undecidable('too much work')
}
