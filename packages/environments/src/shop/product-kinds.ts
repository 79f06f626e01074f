/** What the products of one kind have in common. */
export interface ProductKind {
  readonly name: string
  readonly category: string
  /** Path of categories. */
  readonly path: string
  readonly attributes: readonly string[]
  readonly options: Readonly<Record<string, readonly string[]>>
  readonly uses: readonly string[]
  /** Lowest and highest price, in dollars. */
  readonly price: readonly [number, number]
}

const list = (words: string): string[] => words.split(', ')
const colors = list(
  'black, white, navy blue, forest green, burgundy, light gray, mustard yellow, coral pink, beige, teal',
)
const clothes = { color: colors, size: list('small, medium, large, x-large, xx-large') }
const wear = list(
  'machine wash, long sleeve, short sleeve, slim fit, loose fit, cotton blend, quick drying, high waist, wool lined, easy care',
)
const food = list(
  'gluten free, sugar free, non gmo, low sodium, high protein, plant based, dairy free, hand picked, fair trade, slow roasted',
)
const home = list(
  'easy to clean, easy to assemble, space saving, solid wood, non slip, heavy duty, fade resistant, foldable, stackable, scratch resistant',
)
const care = list(
  'cruelty free, fragrance free, long lasting, paraben free, for sensitive skin, tea tree oil, vitamin c, alcohol free, travel size, oil free',
)
const devices = list(
  'fast charging, wireless, noise canceling, water resistant, high definition, plug and play, hands free, long battery life, ultra light, energy saving',
)

const clothing = (
  name: string,
  path: string,
  uses: string,
  low: number,
  high: number,
): ProductKind => ({
  name,
  category: 'fashion',
  path: `Clothing › ${path}`,
  attributes: wear,
  options: clothes,
  uses: list(uses),
  price: [low, high],
})
const grocery = (
  name: string,
  path: string,
  flavours: string,
  low: number,
  high: number,
): ProductKind => ({
  name,
  category: 'grocery',
  path: `Grocery › ${path}`,
  attributes: food,
  options: {
    'flavor name': list(flavours),
    'pack count': list('pack of 1, pack of 3, pack of 6, pack of 12'),
  },
  uses: list('breakfast, long walks, lunch boxes, quiet evenings'),
  price: [low, high],
})
const furniture = (
  name: string,
  path: string,
  uses: string,
  low: number,
  high: number,
): ProductKind => ({
  name,
  category: 'garden',
  path: `Home › ${path}`,
  attributes: home,
  options: { color: colors, style: list('classic, modern, rustic, industrial') },
  uses: list(uses),
  price: [low, high],
})
const beauty = (
  name: string,
  path: string,
  scents: string,
  low: number,
  high: number,
): ProductKind => ({
  name,
  category: 'beauty',
  path: `Beauty › ${path}`,
  attributes: care,
  options: { scent: list(scents), volume: list('50 ml, 100 ml, 250 ml') },
  uses: list('daily care, dry skin, travel, after sport'),
  price: [low, high],
})
const device = (
  name: string,
  path: string,
  uses: string,
  low: number,
  high: number,
): ProductKind => ({
  name,
  category: 'electronics',
  path: `Electronics › ${path}`,
  attributes: devices,
  options: { color: colors.slice(0, 5), edition: list('standard, with case, with stand, bundle') },
  uses: list(uses),
  price: [low, high],
})

/** The kinds of the generated shop. */
export const kinds: readonly ProductKind[] = [
  clothing('rain jacket', 'Men › Jackets', 'hiking, cycling, rainy days', 35, 140),
  clothing('summer dress', 'Women › Dresses', 'holidays, garden parties, warm days', 20, 90),
  clothing('running tights', 'Women › Sportswear', 'running, yoga, gym days', 15, 70),
  clothing('flannel shirt', 'Men › Shirts', 'cool evenings, work, camping', 18, 60),
  clothing('winter sweater', 'Women › Knitwear', 'skiing, cold mornings, layering', 25, 120),
  grocery(
    'granola bars',
    'Snacks › Bars',
    'honey almond, dark cherry, cocoa, apple cinnamon',
    6,
    30,
  ),
  grocery(
    'ground coffee',
    'Drinks › Coffee',
    'hazelnut, vanilla, dark roast, caramel swirl',
    8,
    45,
  ),
  grocery('herbal tea', 'Drinks › Tea', 'chamomile, peppermint, lemon ginger, rooibos', 4, 25),
  grocery('potato crisps', 'Snacks › Crisps', 'sea salt, paprika, sour cream, rosemary', 3, 22),
  grocery('pasta sauce', 'Pantry › Sauces', 'basil, arrabbiata, roasted garlic, mushroom', 4, 28),
  furniture(
    'coffee table',
    'Living Room › Tables',
    'small flats, reading corners, family rooms',
    60,
    320,
  ),
  furniture('bar stool', 'Kitchen › Seating', 'kitchen islands, home bars, studios', 40, 180),
  furniture('bookcase', 'Living Room › Storage', 'paperbacks, plants, home offices', 70, 400),
  furniture('area rug', 'Bedroom › Rugs', 'hallways, bedrooms, playrooms', 30, 260),
  furniture('floor lamp', 'Living Room › Lighting', 'reading, dark corners, studios', 35, 190),
  beauty('face cream', 'Skin › Creams', 'rose water, green tea, unscented, lavender field', 9, 60),
  beauty('shampoo', 'Hair › Shampoo', 'coconut, eucalyptus, citrus, wild mint', 6, 35),
  beauty('lip balm', 'Lips › Balm', 'honey, cherry, vanilla, mint', 3, 18),
  beauty('body lotion', 'Skin › Lotions', 'almond, aloe, sea breeze, shea', 7, 40),
  device('bluetooth speaker', 'Audio › Speakers', 'parties, kitchens, the beach', 25, 220),
  device('over ear headphones', 'Audio › Headphones', 'flights, offices, studios', 30, 350),
  device('phone charger', 'Phones › Chargers', 'travel, desks, cars', 9, 60),
  device('action camera', 'Cameras › Sport', 'diving, biking, travel', 70, 480),
  device('desk keyboard', 'Computers › Keyboards', 'typing, gaming, offices', 20, 170),
]
