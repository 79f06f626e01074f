import { MATERIALS, PARTS } from './crafting-world.ts'

/** Special tokens: padding, who speaks, and the end of a turn. */
export const SPECIAL = {
  pad: '<pad>',
  system: '<system>',
  user: '<user>',
  assistant: '<assistant>',
  end: '<end>',
} as const

/** What TextCraft says around the thing of a refused recipe. */
export const REFUSALS: readonly string[] = [
  "ItemTagWithCount(item_tag=ItemTag(tag=None, item_id='minecraft:",
  "'), count=",
]

/**
 * Pieces of answers and prompts that are one token though they hold signs; refusals without their
 * blanks.
 */
export const PIECES: readonly string[] = [
  ...REFUSALS.map((text) => text.replaceAll(' ', '')),
  'minecraft:',
  '##',
]

/** Words of the game, its prompts and its answers. */
export const WORDS: readonly string[] = [
  ...PARTS,
  ...MATERIALS,
  'kit',
  'craft',
  'get',
  'using',
  'inventory',
  'Goal',
  'Tips',
  'Review',
  'Task',
  'The',
  'attempt',
  'Got',
  'Crafted',
  'Could',
  'not',
  'find',
  'enough',
  'items',
  'to',
  'valid',
  'recipe',
  'for',
  'execute',
  'number',
  'of',
  'that',
  'length',
  'Wrong',
  'item',
  'format',
  'Inventory',
  'You',
  'are',
  'carrying',
  'anything',
  'no',
  'action',
  'turns',
  'left',
  'out',
  'or',
  'more',
  'characters',
]

const CHARACTERS: readonly string[] = [
  ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)),
  '→',
  '…',
]

/** Every token; its place is its id. Single characters cover what is no word of the game. */
export const VOCABULARY: readonly string[] = [
  ...Object.values(SPECIAL),
  ...PIECES,
  ...new Set([...WORDS, ...CHARACTERS]),
]
