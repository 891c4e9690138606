package main

import (
	"fmt"

	"example.test/hook/internal/call"
)

func main() {
	fmt.Println(call.Name())
}
