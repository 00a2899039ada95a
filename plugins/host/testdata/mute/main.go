// Command mute starts and says nothing.
package main

import "time"

func main() { time.Sleep(time.Hour) }
