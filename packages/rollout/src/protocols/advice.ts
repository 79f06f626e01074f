/** A critique worth showing; blank ones are left out of prompts together with their section. */
export function adviceIn(critique: string | undefined): string | undefined {
  return critique === undefined || critique.trim() === '' ? undefined : critique
}
