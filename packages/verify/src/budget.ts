import { CONVENTIONS, type Conventions } from './conventions.ts'
import { Undecidable } from './undecidable.ts'

/** What one verdict has to go by: the work left for it, and the conventions it holds to. */
export interface Budget {
  /** In units of less than a microsecond. */
  left: number
  readonly conventions: Conventions
}

/** What one verdict may cost: 10 to 20 ms of arithmetic on one core of 2024. */
export function newBudget(conventions: Conventions = CONVENTIONS): Budget {
  return { left: 20_000, conventions }
}

/** Takes work from the budget; undecidable once it is spent. */
export function spend(budget: Budget, units: number): void {
  budget.left -= units
  if (budget.left < 0) throw new Undecidable('too much work')
}
