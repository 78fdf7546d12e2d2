# What only Windows can prove about the identity of an executable: Explorer's view of its version, its manifest as the loader
# understands it, and that it starts.
Set-Location -LiteralPath $Play.Folder
Set-Content -Path go.mod -Value "module example.com/hello`n`ngo 1.21"
Set-Content -Path main.go -Value @'
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	page, _, _ := syscall.NewLazyDLL("kernel32.dll").NewProc("GetACP").Call()
	own, _ := os.Executable()
	long := filepath.Join(filepath.Dir(own), strings.Repeat("a", 120), strings.Repeat("b", 120), strings.Repeat("c", 120))
	fmt.Println("code page", page, "long path", os.MkdirAll(long, 0o777) == nil)
}
'@
Set-Content -Path release.toml -Value @'
[project]
title = "Orders"
manufacturer = "Contoso Ltd"

[build]
targets = ["host"]

[package]
windows = ["binary"]
binary-name = "{{ binary }}"

[[windows.translation]]
language = "de-DE"
product = "Bestellungen"
'@

& gorelease build --version 1.4.2-rc.1 | Out-Host
Assert-That ($LASTEXITCODE -eq 0) 'gorelease builds'
$Executable = Join-Path $Play.Folder 'dist\hello.exe'
$Version = (Get-Item -LiteralPath $Executable).VersionInfo
$Expected = @{
    CompanyName = 'Contoso Ltd'; ProductName = 'Orders'; FileDescription = 'Orders'
    ProductVersion = '1.4.2-rc.1'; OriginalFilename = 'hello.exe'; InternalName = 'hello'
    FileMajorPart = 1; FileMinorPart = 4; FileBuildPart = 2; FilePrivatePart = 40002; IsPreRelease = $true
}
foreach ($Name in $Expected.Keys) { Confirm-Equal $Version.$Name $Expected[$Name] "the version resource's $Name" }
Confirm-Equal (& $Executable) 'code page 65001 long path True' 'the application manifest has its effect'
# Longer paths than Remove-Item takes in Windows PowerShell 5.1.
& cmd.exe /c rd /s /q "\\?\$($Play.Folder)\dist" | Out-Null
