import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { solvedRate } from '../../test/play-out.ts'
import { generateCatalog } from './generate-catalog.ts'
import { normalizeColor, shopReward, titleScore } from './shop-reward.ts'
import { openShop, visitShop } from './play-shop.ts'
import type { Product } from './product.ts'
import { readCatalog } from './read-catalog.ts'
import { shopGoals, type ShopGoal } from './shop-goals.ts'
import { shop } from './shop.ts'
import { solveShop } from './solve-shop.ts'

const lamp = {
  asin: 'B0LAMP0001',
  name: 'Lumora Desk Lamp with Dimmer',
  full_description: 'A lamp that is Easy to Clean.',
  small_description: ['Warm light', 'Metal foot'],
  category: 'garden',
  query: ' Desk Lamp ',
  product_category: 'Home › Lighting › Lamps',
  pricing: '$23.50',
  images: ['x'],
  customization_options: {
    Color: [{ value: 'Navy Blue', image: 'y' }, { value: 'Red' }],
    Size: [{ value: '10/12 inch' }],
    Empty: null,
  },
}
const chair = {
  ...lamp,
  asin: 'B0CHAIR002',
  name: 'Plain Chair',
  full_description: 'To sit on.',
  small_description: 'Wood',
  query: 'chair',
  product_category: 'Home › Seating › Chairs',
  pricing: '$10.00$20.00',
  customization_options: null,
}
const free = { ...chair, asin: 'B0FREE0003', pricing: undefined }
const about = {
  B0LAMP0001: {
    attributes: ['easy clean', 'warm light'],
    instruction: 'i need a desk lamp that is easy to clean',
    instruction_attributes: ['easy clean'],
  },
  B0CHAIR002: {
    attributes: ['solid wood'],
    instruction: 'find me a chair',
    instruction_attributes: ['solid wood'],
  },
}
const wishes = {
  B0LAMP0001: [
    {
      instruction: 'i want a red lamp.',
      instruction_attributes: ['warm light'],
      instruction_options: ['red'],
    },
    { instruction: 'skipped', instruction_attributes: [] },
  ],
}
const catalog = readCatalog({
  products: [
    lamp,
    chair,
    { ...lamp },
    { ...lamp, asin: 'B0123456789' },
    { ...lamp, asin: 'nan' },
    free,
  ],
  attributes: about,
  instructions: wishes,
})
const goals = shopGoals(catalog)
const lampGoal = goals.find(({ options }) => options.includes('red'))!

describe('readCatalog', () => {
  it('reads products by the rules of WebShop’s loader', () => {
    expect(catalog.products.map(({ asin }) => asin)).toEqual([
      'B0LAMP0001',
      'B0CHAIR002',
      'B0FREE0003',
    ])
    const [first, second, third] = catalog.products
    expect([first.priceTag, second.priceTag, third.priceTag, catalog.unpriced]).toEqual([
      '$23.5',
      '$10.0 to $20.0',
      '$100.0',
      1,
    ])
    expect([first.price, third.price, second.price > 10 && second.price < 20]).toEqual([
      23.5,
      100,
      true,
    ])
    expect([first.options, second.options]).toEqual([
      { color: ['navy blue', 'red'], size: ['10 | 12 inch'] },
      {},
    ])
    expect([first.query, second.bullets, third.attributes]).toEqual([
      'desk lamp',
      ['Wood'],
      ['DUMMY_ATTR'],
    ])
    expect(
      readCatalog({ products: [lamp, chair], attributes: {} }, { limit: 1 }).products,
    ).toHaveLength(1)
  })

  it.each([
    ['no list', { products: {}, attributes: {} }, 'the products are no list'],
    ['an entry without code', { products: [{ name: 'x' }], attributes: {} }, 'entry 0 has no code'],
    [
      'a product without name',
      { products: [{ ...lamp, name: null }], attributes: {} },
      'product B0LAMP0001 has no text "name"',
    ],
    [
      'a price in words',
      { products: [{ ...lamp, pricing: 'cheap' }], attributes: {} },
      'product B0LAMP0001 has the price "cheap"',
    ],
    [
      'a price without digits',
      { products: [{ ...lamp, pricing: '$x' }], attributes: {} },
      'has the price "$x"',
    ],
    ['nothing', { products: [], attributes: {} }, 'no products'],
  ])('names %s', (_, files, message) => expect(() => readCatalog(files)).toThrow(message))
})

describe('shopGoals', () => {
  it('makes a goal of each combination of options, and of each written wish', () => {
    expect(goals).toHaveLength(3)
    expect(lampGoal.instruction).toMatch(
      /^i need a desk lamp that is easy to clean with color: red, and size: 10 \| 12 inch, and price lower than (40|50|60)\.00 dollars$/,
    )
    expect(lampGoal).toMatchObject({
      options: ['red', '10 | 12 inch'],
      attributes: ['easy clean'],
      query: 'desk lamp',
    })
    const [written, ...others] = shopGoals(catalog, { kind: 'written' })
    expect([
      written.instruction.startsWith('i want a red lamp, and price lower than '),
      written.options,
      others.length,
    ]).toEqual([true, ['red'], 0])
  })

  it('sets no limit for what is very dear', () => {
    const dear = readCatalog({ products: [{ ...lamp, pricing: '$985.00' }], attributes: about })
    expect(shopGoals(dear)[0]).toMatchObject({
      priceUpper: 1_000_000,
      instruction: expect.not.stringContaining('price'),
    })
  })
})

describe('shopReward', () => {
  const product = catalog.byAsin.get('B0LAMP0001')!
  it('is 1 for the right thing, less for each part missed', () => {
    expect(shopReward(lampGoal, product, ['red', '10 | 12 inch'])).toEqual({
      reward: 1,
      type: 1,
      attributes: 1,
      options: 2,
      price: true,
    })
    expect(shopReward(lampGoal, product, ['navy blue', '10 | 12 inch']).reward).toBe(3 / 4)
    expect(shopReward(lampGoal, product, []).reward).toBe(2 / 4)
    expect(
      shopReward({ ...lampGoal, priceUpper: 20 }, product, ['red', '10 | 12 inch']),
    ).toMatchObject({ reward: 3 / 4, price: false })
  })

  it('is multiplied by how far it is the kind of thing', () => {
    const goal: ShopGoal = { ...lampGoal, title: 'Desk Lamp', options: [] }
    const other = (changes: Partial<Product>): number =>
      shopReward(goal, { ...product, query: 'x', productCategory: 'a › b', ...changes }, []).type
    expect(other({ title: 'Plain Chair' })).toBe(0)
    expect(other({ title: 'Big Lamp' })).toBe(1)
    const long: ShopGoal = {
      ...goal,
      title: 'one two three four lamp six seven eight nine ten eleven twelve',
    }
    expect(shopReward(long, { ...product, query: 'x' }, []).type).toBe(0.1)
    expect(
      shopReward(
        { ...goal, title: 'red one two three four lamp' },
        { ...product, title: 'Lamp', query: 'x', productCategory: 'a › b' },
        [],
      ).type,
    ).toBe(0.5)
    expect(
      shopReward(
        { ...goal, title: 'red one two three four lamp' },
        { ...product, title: 'Lamp', query: 'x', productCategory: 'Home › Lamps › a' },
        [],
      ).type,
    ).toBe(1)
  })

  // Cases of WebShop's own tests of its goals.
  it.each([
    [
      ['tea tree', 'essential oils', 'natural ingredients'],
      { attributes: ['tea tree', 'essential oil', 'natural ingredients'] },
      3,
    ],
    [
      ['tea tree', 'essential oils', 'natural ingredients'],
      { attributes: ['essential oil', 'natural ingredients'] },
      2,
    ],
    [
      ['tea tree', 'essential oils', 'natural ingredients'],
      {
        attributes: [],
        bullets: ['This shampoo has essential oils and smells like lemons'],
        description: 'made with natural ingredients',
      },
      2,
    ],
    [
      ['tea tree', 'essential oils', 'natural ingredients'],
      { attributes: ['tea bag', 'earl gray', 'lipton'], title: 'English tea for breakfast' },
      0,
    ],
  ])('matches attributes %j', (attributes, changes, expected) => {
    const blank: Product = {
      ...product,
      title: 'Lamp',
      bullets: [],
      description: '',
      attributes: [],
    }
    expect(
      shopReward({ ...lampGoal, attributes, options: [] }, { ...blank, ...changes }, []).attributes,
    ).toBe(expected)
  })

  it.each([
    [['grey', 'XL', 'pack of 12'], ['pack of 12', 'grey', 'XL'], 3],
    [['grey', 'XL', 'pack of 12'], ['pack of 12', 'blue', 'XL'], 2],
    [['cool powder snow', 'XL', 'pack of 12'], ['pack of 12', 'powder snow', 'XL'], 3],
    [[], ['goal 1', 'goal 2'], 0],
  ])('matches options %j', (options, chosen, expected) =>
    expect(shopReward({ ...lampGoal, options }, product, chosen).options).toBe(expected),
  )

  it('compares titles by content words', () => {
    expect(titleScore('Mens Running Shoes', 'Womens Running Shoes Blue')).toBeCloseTo(2 / 3)
    expect([titleScore('', 'Shoes'), titleScore('5 of the 12', 'Shoes')]).toEqual([0.2, 0.2])
    expect(
      titleScore(
        'Rusticware 921ORB Kitchen and Bath Cabinet Knob',
        'Minkissy 2pcs Stainless Steel Eyebrow Tweezers',
      ),
    ).toBe(0)
  })

  it('knows colors inside words', () =>
    expect(['1-dark blue', 'xl', 'redwood'].map(normalizeColor)).toEqual(['blue', 'xl', 'red']))
})

describe('visitShop', () => {
  const opened = openShop(catalog)
  const walk = async (
    actions: readonly string[],
  ): Promise<{ pages: string[]; last: { reward: number; done: boolean } }> => {
    const visit = visitShop(opened, lampGoal)
    const steps = []
    for (const action of actions) steps.push(await visit.step(action))
    return {
      pages: steps.map(({ observation }) => observation.replaceAll(lampGoal.instruction, 'I')),
      last: steps.at(-1)!,
    }
  }

  it('shows WebShop’s pages', async () => {
    const visit = visitShop(opened, lampGoal)
    expect(await visit.observation()).toBe(
      `WebShop [SEP] Instruction: [SEP] ${lampGoal.instruction} [SEP] Search`,
    )
    expect(await visit.availableActions()).toEqual({ has_search_bar: true, clickables: ['search'] })
    const { pages } = await walk([
      'search[desk lamp]',
      'click[B0LAMP0001]',
      'click[Features]',
      'click[< prev]',
      'click[description]',
      'click[< prev]',
      'click[reviews]',
    ])
    const item =
      'Instruction: [SEP] I [SEP] Back to Search [SEP] < Prev [SEP] color [SEP] navy blue [SEP] red [SEP] size [SEP] 10 | 12 inch [SEP] Lumora Desk Lamp with Dimmer [SEP] Price: $23.5 [SEP] Rating: N.A. [SEP] Description [SEP] Features [SEP] Reviews [SEP] Buy Now'
    expect(pages).toEqual([
      'Instruction: [SEP] I [SEP] Back to Search [SEP] Page 1 (Total results: 1) [SEP] Next > [SEP] B0LAMP0001 [SEP] Lumora Desk Lamp with Dimmer [SEP] $23.5',
      item,
      'Instruction: [SEP] I [SEP] Back to Search [SEP] < Prev [SEP] Warm light [SEP] Metal foot',
      item,
      'Instruction: [SEP] I [SEP] Back to Search [SEP] < Prev [SEP] A lamp that is Easy to Clean.',
      item,
      'Instruction: [SEP] I [SEP] Back to Search [SEP] < Prev',
    ])
  })

  it('sells, and shows the score', async () => {
    const { pages, last } = await walk([
      'search[lamp]',
      'click[b0lamp0001]',
      'click[red]',
      'click[10 | 12 inch]',
      'click[buy now]',
    ])
    expect(last).toMatchObject({ reward: 1, done: true })
    expect(pages.at(-1)).toBe(
      'Thank you for shopping with us! [SEP] Your code: [SEP] None [SEP] (Paste it in your MTurk interface.) [SEP] Purchased [SEP] asin [SEP] B0LAMP0001 [SEP] options [SEP] {"color": "red", "size": "10 | 12 inch"} [SEP] attrs [SEP] None [SEP] category [SEP] None [SEP] query [SEP] None [SEP] product category [SEP] None [SEP] Target [SEP] asin [SEP] options [SEP] attrs [SEP] price upper [SEP] instuction text [SEP] category [SEP] product category [SEP] query [SEP] Goal [SEP] None [SEP] Reward [SEP] Your score (min 0.0, max 1.0) [SEP] 1.0 [SEP] Reward Details [SEP] None',
    )
    expect(
      (
        await walk([
          'search[lamp]',
          'click[b0lamp0001]',
          'click[red]',
          'click[navy blue]',
          'click[buy now]',
        ])
      ).last.reward,
    ).toBe(2 / 4)
  })

  it('forgets options on the way back to the results', async () => {
    expect(
      (
        await walk([
          'search[lamp]',
          'click[b0lamp0001]',
          'click[red]',
          'click[< prev]',
          'click[b0lamp0001]',
          'click[buy now]',
        ])
      ).last.reward,
    ).toBe(2 / 4)
  })

  it('changes nothing for what is not possible', async () => {
    const { pages, last } = await walk([
      'click[search]',
      'click[buy now]',
      'look',
      'search[]',
      'search',
      'click[B0LAMP0001]',
      'buy[it]',
      '',
    ])
    expect(new Set(pages)).toEqual(new Set(['WebShop [SEP] Instruction: [SEP] I [SEP] Search']))
    expect(last).toMatchObject({ reward: 0, done: false })
  })

  it('turns pages, also past the last', async () => {
    const many = openShop(generateCatalog({ products: 300 }))
    const visit = visitShop(many, shopGoals(many.catalog)[0])
    const heads: string[] = []
    for (const action of [
      'search[lamp chair speaker tea jacket]',
      'click[next >]',
      'click[next >]',
      'click[< prev]',
      ...new Array(5).fill('click[next >]'),
      'search[lamp]',
      'click[back to search]',
    ]) {
      heads.push(
        /Page \d+ \(Total results: \d+\)/.exec((await visit.step(action)).observation)?.[0] ??
          'search page',
      )
    }
    expect(heads.map((head) => head.replace(/ \(.*/, ''))).toEqual([
      'Page 1',
      'Page 2',
      'Page 3',
      'Page 2',
      'Page 3',
      'Page 4',
      'Page 5',
      'Page 6',
      'Page 7',
      'Page 1',
      'search page',
    ])
    expect((await visit.availableActions()).clickables).toEqual(['search'])
  })
})

describe('shop', () => {
  const small = generateCatalog({ products: 120 })
  for (const { name, run } of testEnvironment(() => shop({ catalog: small }), {
    actions: ['search[table]', 'click[next >]', 'nonsense', 'click[back to search]', 'search[tea]'],
  }))
    it(name, run)

  it('the generated catalog of 1,000 products: the expert gets 1 in at least 95% of goals, chance and silence nothing', async () => {
    const made = generateCatalog()
    expect([made.products.length, made.byAsin.size]).toEqual([1000, 1000])
    const wanted = shopGoals(made)
    const environment = shop({ catalog: made, goals: wanted })
    const ids = (await environment.taskIds('test')).slice(0, 200)
    expect(
      await solvedRate(environment, ids, (id) =>
        solveShop(wanted[Number(id)], made.byAsin.get(wanted[Number(id)].asin)!),
      ),
    ).toBeGreaterThanOrEqual(0.95)
    const chance = (id: string) => (page: string, turn: number) => {
      const draws = randomStream(9, id, turn)
      const codes = page.match(/B0[A-Z0-9]{8}/g) ?? []
      return page.startsWith('WebShop')
        ? 'search[table lamp tea]'
        : codes.length > 0 && !page.includes('Buy Now')
          ? `click[${codes[draws.integer(0, codes.length)]}]`
          : 'click[buy now]'
    }
    expect(await solvedRate(environment, ids.slice(0, 60), chance)).toBeLessThan(0.1)
    expect(await solvedRate(environment, ids.slice(0, 5), () => () => '')).toBe(0)
  })

  it('refuses a catalog without end', () => {
    for (const products of [0, -1, 1.5, 1e9])
      expect(() => generateCatalog({ products })).toThrow(`shop: ${products} products`)
    expect(generateCatalog({ products: 5 })).toEqual(generateCatalog({ products: 5 }))
  })
})
