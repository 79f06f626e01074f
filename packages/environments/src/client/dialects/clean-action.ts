/**
 * What AgentGym's clients of TextCraft and BabyAI leave of an action: letters, digits, commas,
 * single blanks.
 */
export function cleanAction(action: string): string {
  return action
    .replace(/[^A-Za-z0-9, \t\n\r\f\v]+/g, '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ')
}
