/** Forty common words of five letters, for the default game. */
export const wordleWords: readonly string[] = (
  'apple beach brick chair cloud crown dance dream eagle field flame ghost grape heart honey jelly knife lemon light magic ' +
  'night ocean paint piano queen river robin salad shelf snake spoon storm sugar table tiger tower train voice water youth'
).split(' ')
