# A program with a service host of its own, and one that only claims to have one: what Windows then writes.
$Service = 'HelloService'
Register-ServiceCleanup
$Native = { param($Text) $Text.Replace('name = "HelloService"', "name = `"HelloService`"`nhost = `"native`"") }

# The example as it is never calls the service manager.
$Silent = Expand-Zip (New-Release '1.0.0' $Native -Name 'silent').Zip
$Begin = Get-Date
Invoke-Script @(Get-Shell)[0] (Join-Path $Silent 'install.ps1') | Out-Null
Confirm-That ($LASTEXITCODE -ne 0) 'install.ps1 fails for a program that does not answer'
Write-Measure 'seconds until it fails' ([int]((Get-Date) - $Begin).TotalSeconds)
$Events = @(Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'Service Control Manager'; StartTime = $Begin } -ErrorAction SilentlyContinue)
foreach ($Id in 7000, 7009) { Confirm-That (@($Events | Where-Object { $_.Id -eq $Id -and $_.Message -match 'Hello' }).Count -gt 0) "Windows writes event $Id" }
Remove-TestService $Service
Remove-TestFolder

# The one that `gorelease scaffold service` writes does.
$Folder = Join-Path $Play.Folder 'scaffold'
New-Item -ItemType Directory -Path $Folder | Out-Null
[IO.File]::WriteAllText((Join-Path $Folder 'go.mod'), "module example.com/hello`n`ngo 1.21`n")
[IO.File]::WriteAllText((Join-Path $Folder 'main.go'), "package main`n`nfunc main() {}`n")
Push-Location -LiteralPath $Folder
try {
    & gorelease scaffold service | Out-Host
    Confirm-That ($LASTEXITCODE -eq 0) 'gorelease scaffold service writes the files'
} finally { Pop-Location }
Confirm-That (Test-Path -LiteralPath (Join-Path $Folder 'service_windows.go')) 'the host of one''s own is there'
