# What only the real Windows Installer can prove, on the example of examples/hello-service. It installs and removes
# that example: run it as administrator, on a machine that is for tests. `gorelease` and `go` must be on the PATH.
# With -Ice, Microsoft's evaluators run as well (the Windows SDK's MsiVal2.exe and darice.cub).
# Not run on Windows yet.
param([switch] $Ice)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

$service = 'HelloService'
$serviceKey = "HKLM:\SYSTEM\CurrentControlSet\Services\$service"
$title = 'Hello Service'
$install = Join-Path $env:ProgramFiles $title
$data = Join-Path $env:ProgramData $title
$example = Resolve-Path (Join-Path $PSScriptRoot '..\..\examples\hello-service')
$work = Join-Path ([IO.Path]::GetTempPath()) "gorelease-msi-$PID"
$log = Join-Path $work 'msiexec.log'

function Assert([bool] $condition, [string] $what) {
    if (-not $condition) {
        if (Test-Path $log) { Get-Content $log -Tail 80 | Write-Output }
        throw "not so: $what"
    }
    Write-Output "ok  $what"
}

# The package of a version, from a copy of the example whose Go source may be changed before.
function New-Package([string] $version, [scriptblock] $change = {}) {
    $folder = Join-Path $work $version
    Copy-Item -Recurse $example $folder
    Push-Location $folder
    try {
        & $change
        & git init --quiet .
        & git add --all
        & git -c user.name=test -c user.email=test@example.invalid commit --quiet --message test
        & gorelease build --version $version --target windows/amd64 --quiet
        if ($LASTEXITCODE -ne 0) { throw "gorelease failed for $version" }
        (Resolve-Path 'dist\*_windows_amd64.msi').Path
    } finally { Pop-Location }
}

function Invoke-Msi([string[]] $arguments) {
    $all = $arguments + @('/qn', '/norestart', '/l*v', "`"$log`"")
    (Start-Process msiexec.exe -ArgumentList $all -Wait -PassThru).ExitCode
}

function Get-Answer([int] $port) {
    foreach ($try in 1..60) {
        try { return (Invoke-WebRequest -UseBasicParsing "http://127.0.0.1:$port/healthz").StatusCode } catch { Start-Sleep -Milliseconds 500 }
    }
    0
}

# Everybody but administrators and the system who may write there.
function Get-Writers([string] $path) {
    $write = [Security.AccessControl.FileSystemRights]'Write, Delete, ChangePermissions, TakeOwnership'
    $trusted = 'S-1-5-18', 'S-1-5-32-544'
    foreach ($rule in (Get-Acl $path).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
        if ($rule.AccessControlType -eq 'Allow' -and ($rule.FileSystemRights -band $write) -and $trusted -notcontains $rule.IdentityReference.Value) {
            $rule.IdentityReference.Value
        }
    }
}

New-Item -ItemType Directory $work | Out-Null
try {
    $candidate = New-Package '1.4.2-rc.1'
    $final = New-Package '1.4.2'
    $next = New-Package '1.5.0'
    $broken = New-Package '1.6.0' {
        Set-Content main.go "package main`n`nimport `"os`"`n`nfunc main() { os.Exit(3) }`n"
    }

    Write-Output '# installation'
    Assert ((Invoke-Msi '/i', "`"$candidate`"", 'HTTP_PORT=18080') -eq 0) 'a pre-release installs silently'
    Assert ((Get-Service $service).Status -eq 'Running') 'the service runs'
    Assert ((Get-Answer 18080) -eq 200) 'it answers on the port that was given'
    $key = Get-ItemProperty $serviceKey
    Assert ($key.ImagePath -eq "`"$install\hello-service.exe`" --gorelease-service=$service") 'the image path is quoted'
    Assert ($key.ObjectName -eq "NT SERVICE\$service") 'it has an account of its own'
    Assert ($key.DelayedAutostart -eq 1) 'it starts delayed'
    Assert ($key.ServiceSidType -eq 1) 'its SID is in its token'
    Assert ($key.FailureActionsOnNonCrashFailures -eq 1) 'a failure is also an exit with an error'
    Assert ((& sc.exe qfailure $service | Out-String) -match '5000 milliseconds') 'it is restarted after 5 seconds'
    Assert ($key.PreshutdownTimeout -gt 0) 'its time at shutdown is set'
    $arguments = (Get-ItemProperty "$serviceKey\Parameters").Arguments
    Assert ($arguments -contains '127.0.0.1:{{ port.http }}') 'braces come through the Formatted type'
    $source = Get-ItemProperty "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$service"
    Assert ($source.TypesSupported -eq 7) 'the event source is registered'
    Assert (Test-Path $source.EventMessageFile) 'and its message file exists'

    Write-Output '# access'
    Assert (-not (Get-Writers "$install\hello-service.exe")) 'only administrators can change the executable'
    Assert (-not (Get-Writers "$data\config")) 'only administrators can change the configuration'
    $sid = ((& sc.exe showsid $service) -match 'S-1-5-80' -replace '.*(S-1-5-80[-0-9]+).*', '$1') | Select-Object -First 1
    foreach ($folder in 'data', 'logs') {
        Assert (@(Get-Writers "$data\$folder" | Sort-Object -Unique) -join ' ' -eq $sid) "only the service can write to $folder"
    }

    Write-Output '# upgrade'
    Add-Content "$data\config\hello.json" ' '
    $edited = (Get-FileHash "$data\config\hello.json").Hash
    foreach ($package in $final, $next) {
        Assert ((Invoke-Msi '/i', "`"$package`"") -eq 0) "$(Split-Path -Leaf $package) upgrades"
        Assert ((Get-Answer 18080) -eq 200) 'the port is remembered'
        Assert ((Get-FileHash "$data\config\hello.json").Hash -eq $edited) 'the edited configuration is kept'
    }
    $entries = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*' | Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq $title }
    Assert (@($entries).Count -eq 1 -and $entries.DisplayVersion -eq '1.5.0') 'there is one entry in Programs and Features'
    Assert ((Invoke-Msi '/i', "`"$final`"") -ne 0) 'a downgrade is refused'
    Assert ((Get-Answer 18080) -eq 200) 'and leaves the service running'

    Write-Output '# rollback'
    $exit = Invoke-Msi '/i', "`"$broken`""
    Assert ($exit -ne 0) 'a version that does not start is refused'
    Assert ((Get-Answer 18080) -eq 200) 'the old version runs again'
    Assert ((Get-ItemProperty "HKLM:\SOFTWARE\Example Ltd\$title").Version -eq '1.5.0') 'and is the installed one'

    Write-Output '# repair'
    Stop-Service $service
    Remove-Item "$install\hello-service.exe"
    Assert ((Invoke-Msi '/fa', "`"$next`"") -eq 0) 'a repair succeeds'
    Start-Service $service
    Assert ((Get-Answer 18080) -eq 200) 'and the service answers'

    Write-Output '# removal'
    Assert ((Invoke-Msi '/x', "`"$next`"") -eq 0) 'removal succeeds'
    Assert (-not (Get-Service $service -ErrorAction SilentlyContinue)) 'the service is gone'
    Assert (-not (Test-Path $install)) 'the program is gone'
    Assert (-not (Test-Path "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$service")) 'the event source is gone'
    Assert (Test-Path "$data\config\hello.json") 'the configuration stays, as marked'

    Write-Output '# NOSTART'
    Assert ((Invoke-Msi '/i', "`"$next`"", 'NOSTART=1', 'HTTP_PORT=18081') -eq 0) 'NOSTART=1 installs'
    Assert ((Get-Service $service).Status -eq 'Stopped') 'and leaves the service stopped'
    Assert ((Invoke-Msi '/x', "`"$next`"") -eq 0) 'removal succeeds again'

    if ($Ice) {
        Write-Output '# Microsoft''s evaluators'
        $kit = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin" -Recurse -Include MsiVal2.exe, darice.cub -ErrorAction SilentlyContinue
        $validator = ($kit | Where-Object Name -eq 'MsiVal2.exe' | Select-Object -Last 1).FullName
        $rules = ($kit | Where-Object Name -eq 'darice.cub' | Select-Object -Last 1).FullName
        Assert ([bool] $validator -and [bool] $rules) 'MsiVal2.exe and darice.cub are installed'
        $report = & $validator $next $rules -f | Out-String
        Write-Output $report
        Assert ($report -notmatch '(?m)^ICE\d+\s+ERROR') 'no evaluator reports an error'
    }
} finally {
    if (Get-Service $service -ErrorAction SilentlyContinue) {
        Get-ChildItem $work -Recurse -Filter *.msi | ForEach-Object { Invoke-Msi '/x', "`"$($_.FullName)`"" | Out-Null }
    }
    Remove-Item -Recurse -Force $work, $data -ErrorAction SilentlyContinue
}
