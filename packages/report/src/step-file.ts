/** `step-00012.jsonl` */
export function stepFile(step: number): string {
  return `step-${String(step).padStart(5, '0')}.jsonl`
}
