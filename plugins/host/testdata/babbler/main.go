// Command babbler tells the platform to connect elsewhere.
package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("1|1|tcp|127.0.0.1:1|grpc|")
	time.Sleep(time.Hour)
}
