import { imageSize } from 'image-size'
import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import type { z } from 'zod'
import { FileData, type FileInit, FlowError } from '../../../proto/index.ts'
import { custom } from './custom.ts'
import { checkFile, type FileOptions } from './file.ts'

/** Formats whose pixels can be read here, and those of which the head alone is. */
export type ImageFormat = 'png' | 'jpg' | 'gif' | 'webp' | 'bmp' | 'tiff' | 'svg' | 'heif' | 'avif'

export interface ImageOptions extends Pick<FileOptions, 'maxBytes'> {
  /** Formats that are accepted. Others than PNG and JPEG are checked by their head alone. @default ["png", "jpg"] */
  formats?: readonly ImageFormat[]
  /** Refuse larger ones before they are unpacked: a small file may hold a huge image. @default 50 000 000 */
  maxPixels?: number
}

/** Pixels in rows from the top, four bytes each: red, green, blue, alpha. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A file that is an image, of which the size is known. */
export class ImageFile extends FileData implements Omit<Pixels, 'data'> {
  readonly format: ImageFormat
  readonly width: number
  readonly height: number
  #pixels: Pixels | undefined

  /** @throws {FlowError} INVALID_ARGUMENT for bytes that are no image */
  constructor(bytes: Uint8Array, init: FileInit = {}) {
    const { format, width, height } = headOf(bytes)
    super(bytes, { type: `image/${format === 'jpg' ? 'jpeg' : format === 'svg' ? 'svg+xml' : format}`, ...init })
    this.format = format
    this.width = width
    this.height = height
  }

  /** Pixels as a PNG. */
  static png({ width, height, data }: Pixels, name?: string): ImageFile {
    const png = new PNG({ width, height })
    png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const image = new ImageFile(PNG.sync.write(png), name === undefined ? {} : { name })
    image.#pixels = { width, height, data }
    return image
  }

  /**
   * Its pixels, unpacked once.
   * @throws {FlowError} INVALID_ARGUMENT where they are damaged, UNIMPLEMENTED for a format that is none of PNG and JPEG
   */
  pixels(): Pixels {
    this.#pixels ??= decode(this)
    return this.#pixels
  }
}

/**
 * An image, unpacked to see that it can be: what is none is refused. The library for that is the lightest that does: pixels of PNG and
 * JPEG in plain JavaScript and Node's own zlib, heads of others; give `file({ contentType: 'image/*' })` to sharp where that is not enough.
 */
export function image(options: ImageOptions = {}): z.ZodType<ImageFile, FileData> {
  const { formats = ['png', 'jpg'], maxPixels = 50_000_000 } = options
  return custom<ImageFile, FileData>({ type: 'file', format: 'image', pil: true }, (value, refuse) => {
    if (!(value instanceof FileData)) return refuse('path_type', 'Invalid file type') as undefined
    checkFile(value, options, refuse)
    try {
      const image = value instanceof ImageFile ? value : new ImageFile(value.bytes, { name: value.name })
      if (!formats.includes(image.format))
        return refuse('image_format', `Image should be ${formats.join(' or ')}, not ${image.format}`) as undefined
      if (image.width * image.height > maxPixels)
        return refuse('image_size', `Image should have at most ${maxPixels} pixels`) as undefined
      if (readable.includes(image.format)) image.pixels()
      return image
    } catch (error) {
      return refuse('image_type', FlowError.from(error).reason) as undefined
    }
  })
}

const readable: readonly ImageFormat[] = ['png', 'jpg']

function headOf(bytes: Uint8Array): { format: ImageFormat; width: number; height: number } {
  try {
    const { type, width, height } = imageSize(bytes)
    return { format: type as ImageFormat, width, height }
  } catch (error) {
    throw undecodable(error)
  }
}

function decode({ format, bytes }: ImageFile): Pixels {
  if (!readable.includes(format)) throw new FlowError('UNIMPLEMENTED', `pixels of ${format} are not read here`)
  try {
    if (format === 'jpg') return jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true, tolerantDecoding: false })
    const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return { width, height, data }
  } catch (error) {
    throw undecodable(error)
  }
}

function undecodable(error: unknown): FlowError {
  return new FlowError('INVALID_ARGUMENT', `Image cannot be read: ${FlowError.from(error).reason}`)
}
