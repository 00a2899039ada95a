import { type DragEvent, useRef, useState } from "react";

/** A place files can be dropped on. Children entered and left on the way do not make it flicker. */
export function useDrop(onFiles: (files: File[]) => void, enabled: boolean) {
  const depth = useRef(0);
  const [over, setOver] = useState(false);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  const carriesFiles = (e: DragEvent) => e.dataTransfer.types.includes("Files");
  if (!enabled) return { over: false, handlers: {} };
  return {
    over,
    handlers: {
      onDragEnter: (e: DragEvent) => {
        if (!carriesFiles(e)) return;
        depth.current += 1;
        setOver(true);
      },
      onDragLeave: () => {
        depth.current -= 1;
        if (depth.current <= 0) leave();
      },
      onDragOver: (e: DragEvent) => carriesFiles(e) && e.preventDefault(), // without this the browser opens the file itself
      onDrop: (e: DragEvent) => {
        e.preventDefault();
        leave();
        onFiles([...e.dataTransfer.files]);
      },
    },
  };
}
